"""A passkey in software (WebAuthn Level 3, sections 6.1 and 6.5), for tests without a browser; ES256 or EdDSA.

key = Authenticator("chat.example", "https://chat.example")
key.create(options), key.get(options)   # what a browser answers to a page's options, as JSON
key.sign(challenge)                     # an assertion over a challenge without a page
key.credential_id, key.public_key       # what a server stores; the key is a COSE key
"""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url as b64url

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey of one person; `origin` is what the browser would report, `verified` whether it checked them."""

    rp_id: str = "localhost"
    origin: str = "http://localhost:8080"
    eddsa: bool = False
    verified: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sign_count: int = 0

    def __post_init__(self) -> None:
        self._ed = ed25519.Ed25519PrivateKey.generate()

    @property
    def public_key(self) -> bytes:
        """The public key as COSE (RFC 9053): kty, alg, crv and coordinates."""
        if self.eddsa:
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self._ed.public_key().public_bytes_raw()})
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )

    def create(self, options: dict[str, Any]) -> str:
        """Answer `navigator.credentials.create`."""
        named = len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(options["rp"]["id"], _ATTESTED, self.verified) + bytes(16) + named + self.public_key
        client_data = self._client_data("webauthn.create", options["challenge"], self.origin)
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": b64url(client_data), "attestationObject": b64url(statement)})

    def get(self, options: dict[str, Any]) -> str:
        """Answer `navigator.credentials.get`."""
        challenge = base64url_to_bytes(options["challenge"])
        return self.sign(challenge, rp_id=options["rpId"], verified=self.verified)

    def sign(
        self,
        challenge: bytes,
        *,
        origin: str | None = None,
        rp_id: str | None = None,
        kind: str = "webauthn.get",
        verified: bool = True,
    ) -> str:
        """Answer a challenge as the browser would; the keywords let an attacker do otherwise."""
        client_data = self._client_data(kind, b64url(challenge), origin or self.origin)
        self.sign_count += 1
        data = self._data(rp_id or self.rp_id, 0, verified)
        signature = self._signature(data + hashlib.sha256(client_data).digest())
        return self._answer(
            {
                "clientDataJSON": b64url(client_data),
                "authenticatorData": b64url(data),
                "signature": b64url(signature),
            }
        )

    def _answer(self, response: dict[str, str]) -> str:
        name = b64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        stated = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(stated).encode()

    def _data(self, rp_id: str, flags: int, verified: bool) -> bytes:
        flags |= _PRESENT | (_VERIFIED if verified else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.sign_count)

    def _signature(self, message: bytes) -> bytes:
        if self.eddsa:
            return self._ed.sign(message)
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
