"""What is sealed to a custodian's own keys: the newest, and earlier ones that are still in the key file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.custodian.errors import Refused
from parley.app.custodian.tool import Unlocked
from parley.legal.vault.errors import SealBroken
from parley.legal.vault.model import Share


def private_of(unlocked: Unlocked, share: Share) -> X25519PrivateKey:
    """The own sealing key that a share lies under.

    Raises:
        Refused: this key file does not have it.
    """
    private = unlocked.keys.seal_key(share.key_no)
    if private is None:
        raise Refused(f"a share lies under your key number {share.key_no}, which is not in this key file")
    return private


def opened_by_any(unlocked: Unlocked, opened: Callable[[X25519PrivateKey], bytes], otherwise: str) -> bytes:
    """Open what another custodian sealed: they may have pinned an earlier key of ours than the newest.

    Raises:
        Refused: none of the own keys opens it; `otherwise` says what that means.
    """
    for key in sorted(unlocked.keys.seal, key=lambda one: -one.key_no):
        with suppress(SealBroken):
            return opened(key.private)
    raise Refused(otherwise)
