"""Passkey ceremonies (WebAuthn Level 3): register, sign in, and sign a given challenge for a decision.

They are written over two small ports, so that staff and officers of authorities share them. User verification
is always required: a passkey here stands for a person, not for a device. The library takes a third of a second to
load, so it is loaded with the first ceremony and not with the server.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.datastructures import FormData

from parley.core.errors import Invalid
from parley.web.forms import text
from parley.web.site import Site

_REGISTER = "register"
_SIGN_IN = "sign in"
_TIMEOUT_MS = 300_000
_LONGEST_RESPONSE = 16_384


class PasskeyRefused(Invalid):
    """The passkey's answer does not fit; the message says what a person can do."""


class Credential(Protocol):
    """A registered passkey, whoever keeps it."""

    @property
    def credential_id(self) -> bytes: ...

    @property
    def public_key(self) -> bytes: ...

    @property
    def sign_count(self) -> int: ...

    @property
    def owner(self) -> str: ...


class CredentialStore(Protocol):
    """The passkeys of one list of people."""

    async def passkeys(self, owner: str, /) -> Sequence[Credential]:
        """Give a person's passkeys."""
        ...

    async def passkey(self, credential_id: bytes, /) -> Credential | None:
        """Find a passkey that can be used."""
        ...

    async def passkey_used(self, credential_id: bytes, sign_count: int, /) -> None:
        """Note a verified use."""
        ...


class OpenCeremony(Protocol):
    """A challenge that was given out."""

    @property
    def owner(self) -> str | None: ...

    @property
    def challenge(self) -> bytes: ...


class PendingCeremonies(Protocol):
    """Keeps challenges until they are answered; each serves once."""

    async def put(self, purpose: str, owner: str | None, challenge: bytes) -> str:
        """Keep a challenge and name it."""
        ...

    async def take(self, purpose: str, token: str) -> OpenCeremony | None:
        """Take a challenge out."""
        ...


def answered(data: FormData) -> tuple[str, str]:
    """Take the ceremony and the browser's answer out of a form that a passkey filled (`ui.passkey_form`).

    Raises:
        Invalid: one of them is longer than any browser's.
    """
    return text(data, "ceremony"), text(data, "credential", most=20_000)


@dataclass(frozen=True, slots=True)
class Registered:
    """A verified new passkey; `public_key` is the COSE key as the authenticator gave it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified signature by a passkey, in the raw form that anybody can verify again.

    What is signed is `authenticator_data + SHA-256(client_data_json)`; `client_data_json` holds the challenge.
    `answer` is the browser's `AuthenticationResponseJSON`, word for word.
    """

    answer: str
    credential_id: bytes
    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


class Passkeys:
    """The ceremonies for one list of people."""

    def __init__(self, site: Site, credentials: CredentialStore, pending: PendingCeremonies) -> None:
        self._site = site
        self._credentials = credentials
        self._pending = pending

    async def begin_registration(self, owner: str, name: str) -> dict[str, Any]:
        """Start to register a passkey for `owner`; the result goes to the browser as JSON."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        known = await self._credentials.passkeys(owner)
        options = generate_registration_options(
            rp_id=self._site.host,
            rp_name=self._site.name,
            user_id=owner.encode(),
            user_name=name,
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=c.credential_id) for c in known],
        )
        token = await self._pending.put(_REGISTER, owner, options.challenge)
        return {"ceremony": token, "publicKey": json.loads(options_to_json(options))}

    async def finish_registration(self, owner: str, ceremony: str, response: str) -> Registered:
        """Verify the browser's answer; the caller keeps the passkey.

        Raises:
            PasskeyRefused: the ceremony is over or for somebody else, or the answer does not verify.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        opened = await self._open(_REGISTER, ceremony, owner)
        try:
            done = verify_registration_response(
                credential=_checked(response),
                expected_challenge=opened.challenge,
                expected_rp_id=self._site.host,
                expected_origin=self._site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError) as error:
            raise _refusal(error) from error
        return Registered(done.credential_id, done.credential_public_key, done.sign_count)

    async def begin_sign_in(self, owner: str | None = None, name: str = "") -> dict[str, Any]:
        """Start a sign-in: with any passkey of this site, or with one of `owner`'s.

        For a name that nobody has, a made-up passkey is asked for, so that the answer does not tell.
        """
        allowed: list[bytes] = []
        if owner is not None:
            allowed = [c.credential_id for c in await self._credentials.passkeys(owner)]
        elif name:
            allowed = [hmac.new(self._site.secret, b"nobody\0" + name.encode(), hashlib.sha256).digest()]
        return await self._begin(_SIGN_IN, owner, None, allowed)

    async def finish_sign_in(self, ceremony: str, response: str) -> Credential:
        """Verify the browser's answer and give the passkey that was used.

        Raises:
            PasskeyRefused: the ceremony is over, the passkey is unknown, or the answer does not verify.
        """
        opened = await self._open(_SIGN_IN, ceremony, None)
        credential, _ = await self._verify(opened, response)
        return credential

    async def begin_signing(self, owner: str, challenge: bytes, purpose: str) -> dict[str, Any]:
        """Start a signature by `owner` over a challenge of 32 bytes, such as the SHA-256 of a release request.

        `purpose` ties the answer to its use and is given again to `finish_signing`.
        """
        if len(challenge) != 32:
            raise ValueError("a challenge to sign has 32 bytes")
        allowed = [c.credential_id for c in await self._credentials.passkeys(owner)]
        return await self._begin(f"sign {purpose}", owner, challenge, allowed)

    async def finish_signing(self, owner: str, purpose: str, ceremony: str, response: str) -> Assertion:
        """Verify a signature that `begin_signing` asked for and give it in its raw form, to be kept.

        Raises:
            PasskeyRefused: the ceremony is over, for another person or purpose, or does not verify.
        """
        opened = await self._open(f"sign {purpose}", ceremony, owner)
        _, assertion = await self._verify(opened, response)
        return assertion

    async def _begin(
        self, purpose: str, owner: str | None, challenge: bytes | None, allowed: Sequence[bytes]
    ) -> dict[str, Any]:
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=self._site.host,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            allow_credentials=[PublicKeyCredentialDescriptor(id=known) for known in allowed],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        token = await self._pending.put(purpose, owner, options.challenge)
        return {"ceremony": token, "publicKey": json.loads(options_to_json(options))}

    async def _open(self, purpose: str, ceremony: str, owner: str | None) -> OpenCeremony:
        opened = await self._pending.take(purpose, ceremony)
        if opened is None or (owner is not None and opened.owner != owner):
            raise PasskeyRefused("this took too long or was answered already; please try again")
        return opened

    async def _verify(self, opened: OpenCeremony, response: str) -> tuple[Credential, Assertion]:
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
        from webauthn.helpers.exceptions import WebAuthnException

        checked = _checked(response)
        try:
            credential = await self._credentials.passkey(base64url_to_bytes(str(checked["rawId"])))
            if credential is None or (opened.owner is not None and credential.owner != opened.owner):
                raise PasskeyRefused("this passkey is not known here")
            parsed = parse_authentication_credential_json(checked)
            done = verify_authentication_response(
                credential=parsed,
                expected_challenge=opened.challenge,
                expected_rp_id=self._site.host,
                expected_origin=self._site.origin,
                credential_public_key=credential.public_key,
                credential_current_sign_count=credential.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError) as error:
            raise _refusal(error) from error
        await self._credentials.passkey_used(credential.credential_id, done.new_sign_count)
        answer = parsed.response
        return credential, Assertion(
            answer=response,
            credential_id=parsed.raw_id,
            authenticator_data=answer.authenticator_data,
            client_data_json=answer.client_data_json,
            signature=answer.signature,
        )


def _checked(response: str) -> dict[str, Any]:
    if not response:
        raise PasskeyRefused("no passkey answered; this step needs JavaScript and a passkey")
    if len(response) > _LONGEST_RESPONSE:
        raise PasskeyRefused("the passkey's answer is too long")
    try:
        parsed = json.loads(response)
    except ValueError as error:
        raise _refusal(error) from error
    if not isinstance(parsed, dict):
        raise PasskeyRefused("the passkey's answer could not be read")
    return parsed


def _refusal(error: Exception) -> PasskeyRefused:
    return PasskeyRefused(f"the passkey's answer could not be verified ({type(error).__name__}); please try again")
