"""Calls of custodians' tools: every one is signed with the custodian's key, over method, path, time and body.

The time is the server's, which the tool asks for first: a custodian's machine may have another one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from parley.core.errors import Forbidden
from parley.legal.disclosure.errors import DisclosureError

#: Seconds between signing and arrival.
CALL_LIFE_S: Final = 120
_CONTEXT = "parley-custodian-call-1"
_MOST_NONCES = 20_000


class CallRefused(DisclosureError, Forbidden):
    """A call whose signature, time or nonce does not hold."""


@dataclass(frozen=True, slots=True)
class Call:
    """One signed call; `target` is path and query, `at` the server's time in whole seconds since 1970."""

    custodian_id: str
    method: str
    target: str
    at: int
    nonce: str
    body: bytes

    def message(self) -> bytes:
        """What is signed."""
        digest = hashlib.sha256(self.body).hexdigest()
        lines = (_CONTEXT, self.custodian_id, self.method, self.target, str(self.at), self.nonce, digest)
        return "\n".join(lines).encode()


def sign(call: Call, key: Ed25519PrivateKey) -> bytes:
    """Sign a call; 64 bytes."""
    return key.sign(call.message())


def verify(call: Call, signature: bytes, sign_key: bytes, now: int) -> None:
    """Check a call's signature and age.

    Raises:
        CallRefused: another key signed, something was changed, or it is too old.
    """
    if abs(now - call.at) > CALL_LIFE_S:
        raise CallRefused("the call is too old: ask for the server's time again")
    try:
        Ed25519PublicKey.from_public_bytes(sign_key).verify(signature, call.message())
    except (InvalidSignature, ValueError):
        raise CallRefused("the call is not signed by this custodian's key") from None


class SeenNonces:
    """Remembers the nonces of recent calls in this process, so that a recorded call is not taken twice."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()

    def take(self, call: Call) -> None:
        """Use a call's nonce up.

        Raises:
            CallRefused: it was used before, or is no nonce.
        """
        key = (call.custodian_id, call.nonce)
        if not 16 <= len(call.nonce) <= 64 or key in self._seen:
            raise CallRefused("the call was made before")
        self._seen[key] = call.at
        if len(self._seen) > _MOST_NONCES:
            self._seen.popitem(last=False)
