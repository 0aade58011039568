"""Putting a day key together out of one's own half and what others handed on for this release."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.custodian.checks import Checked
from parley.app.custodian.own_keys import opened_by_any, private_of
from parley.app.custodian.tool import Unlocked
from parley.legal.disclosure.package import PackagedKey, PassedShare
from parley.legal.vault import envelopes
from parley.legal.vault.model import Share


def combined(unlocked: Unlocked, checked: Checked, key: PackagedKey) -> X25519PrivateKey | None:
    """The private key of a day, when what was handed on makes it; None when nobody handed on what fits.

    Raises:
        SealBroken, Refused: something that was handed on is not for this release, this key or this custodian.
    """
    digest = checked.signed.sha256
    for passed in (one for one in key.passed if one.whole):
        context = envelopes.whole_info(digest, key.name, passed.sender, passed.receiver)
        return envelopes.whole_key(_unsealed(unlocked, passed, context), key.public_key)
    for passed, share in _pairs(key.passed, key.shares):
        context = envelopes.passed_info(digest, key.name, passed.sender, passed.receiver)
        half = envelopes.open_share(share, key.name, private_of(unlocked, share))
        return envelopes.combine(half, _unsealed(unlocked, passed, context), key.public_key)
    return None


def _pairs(passed: Iterable[PassedShare], shares: Iterable[Share]) -> Iterable[tuple[PassedShare, Share]]:
    own = {share.partner: share for share in shares}
    return [(one, own[one.sender]) for one in passed if not one.whole and one.sender in own]


def _unsealed(unlocked: Unlocked, passed: PassedShare, context: bytes) -> bytes:
    return opened_by_any(
        unlocked,
        lambda key: envelopes.unseal(passed.sealed, key, context),
        "what an earlier custodian handed on is not for this release, or not for your key",
    )
