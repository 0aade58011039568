// Passkey forms: <form data-passkey="get|create" data-options="URL"> with hidden fields `ceremony` and `credential`.
// On submit the browser fetches the options, asks for the passkey, fills the fields, and then submits the form plainly.
"use strict";

const toBytes = (text) => {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
};

const toText = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const descriptors = (list) => (list || []).map((entry) => ({ ...entry, id: toBytes(entry.id) }));

const readOptions = (options) => {
  const read = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = descriptors(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = descriptors(options.allowCredentials);
  return read;
};

const writeCredential = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
};

const explain = (error) => {
  if (error.name === "NotAllowedError") return "The passkey was not used, or it took too long. Please try again.";
  if (error.name === "InvalidStateError") return "This device holds a passkey for you already.";
  if (error.name === "SecurityError") return "Passkeys do not work at this address. Open the page by its proper host name.";
  return error.message || "The passkey could not be used.";
};

const fetchOptions = async (form) => {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || "The server refused.");
  return body;
};

const ask = (form, options) =>
  form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: options })
    : navigator.credentials.get({ publicKey: options });

const perform = async (form) => {
  if (!window.PublicKeyCredential) throw new Error("This browser cannot use passkeys.");
  const { ceremony, publicKey } = await fetchOptions(form);
  const credential = await ask(form, readOptions(publicKey));
  form.elements.ceremony.value = ceremony;
  form.elements.credential.value = writeCredential(credential);
  form.submit();
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.passkey) return;
  event.preventDefault();
  const status = form.querySelector("[data-passkey-status]");
  const button = form.querySelector("button");
  status.textContent = "";
  button.disabled = true;
  try {
    await perform(form);
  } catch (error) {
    status.textContent = explain(error);
    button.disabled = false;
  }
});
