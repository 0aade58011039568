"""How one delivery key follows another: the old one signs the new one, so that custodians' tools can tell a change
of the operator's from a key that somebody put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PURPOSE = b"parley delivery key succession 1\n"


@dataclass(frozen=True, slots=True)
class Succession:
    """`new` (32 bytes) follows `old`; `signature` is `old`'s over both."""

    old: bytes
    new: bytes
    signature: bytes

    @classmethod
    def make(cls, old: Ed25519PrivateKey, new: bytes) -> Succession:
        """Let a key name the one that follows it."""
        public = old.public_key().public_bytes_raw()
        return cls(public, new, old.sign(_PURPOSE + public + new))

    @property
    def genuine(self) -> bool:
        """Whether the old key signed it."""
        try:
            Ed25519PublicKey.from_public_bytes(self.old).verify(self.signature, _PURPOSE + self.old + self.new)
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_json(self) -> dict[str, str]:
        """Give it as JSON, in hexadecimal digits."""
        return {"old": self.old.hex(), "new": self.new.hex(), "signature": self.signature.hex()}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Succession:
        """Read it; `ValueError`, `KeyError` or `TypeError` when it is none."""
        return cls(*(bytes.fromhex(raw[name]) for name in ("old", "new", "signature")))


def follows(pinned: bytes, listed: bytes, successions: Iterable[Succession]) -> bool:
    """Whether an unbroken line of genuine successions leads from the pinned key to the listed one."""
    genuine = {one.old: one.new for one in successions if one.genuine}
    seen: set[bytes] = set()
    while pinned != listed and pinned in genuine and pinned not in seen:
        seen.add(pinned)
        pinned = genuine[pinned]
    return pinned == listed
