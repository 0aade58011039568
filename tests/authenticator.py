"""A passkey in software: registers nothing, signs WebAuthn assertions as a security key does (ES256 or EdDSA).

key = Authenticator(rp_id="chat.example", origin="https://chat.example")
assertion = key.sign(challenge)      # AuthenticationResponseJSON as text
key.credential_id, key.public_key    # what a server stores; the key is a COSE key
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

_UP, _UV = 0x01, 0x04


def b64url(raw: bytes) -> str:
    """Bytes as WebAuthn's JSON writes them."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey of one person on one site."""

    rp_id: str
    origin: str
    eddsa: bool = False
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    sign_count: int = 0

    def __post_init__(self) -> None:
        self._ec = ec.generate_private_key(ec.SECP256R1())
        self._ed = ed25519.Ed25519PrivateKey.generate()

    @property
    def public_key(self) -> bytes:
        """The public key as COSE (RFC 9053): kty, alg, crv and coordinates."""
        if self.eddsa:
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self._ed.public_key().public_bytes_raw()})
        numbers = self._ec.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )

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
        client = {
            "type": kind,
            "challenge": b64url(challenge),
            "origin": origin or self.origin,
            "crossOrigin": False,
        }
        client_data = json.dumps(client).encode()
        self.sign_count += 1
        flags = _UP | (_UV if verified else 0)
        data = hashlib.sha256((rp_id or self.rp_id).encode()).digest() + struct.pack(">BI", flags, self.sign_count)
        signature = self._signature(data + hashlib.sha256(client_data).digest())
        response = {
            "clientDataJSON": b64url(client_data),
            "authenticatorData": b64url(data),
            "signature": b64url(signature),
        }
        name = b64url(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _signature(self, message: bytes) -> bytes:
        if self.eddsa:
            return self._ed.sign(message)
        return self._ec.sign(message, ec.ECDSA(hashes.SHA256()))
