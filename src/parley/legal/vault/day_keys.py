"""The sealer's public day keys: one pair for each (account, day), whichever process sees the account first.

Only public halves are remembered. What is not in memory is looked up in the database, where the sealing role reads
public halves and nothing else; each carries a tag under the day's erasure key, which is in no database, so that
whoever controls the database alone cannot slip in a key of their own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from parley.core.ids import AccountId
from parley.legal.vault import envelopes, losses, rules
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.errors import ErasureKeyGone
from parley.legal.vault.model import DayKey, KeyName, SealingKey

CACHE_LIMIT: Final = 50_000
_ID_BITS: Final = 63
_TAG_SIZE: Final = 16
_TAG_PURPOSE: Final = b"parley vault day key 1"


@dataclass(frozen=True, slots=True)
class PublicDayKey:
    """What stays in memory of a day's key: its name and its public half, 32 bytes."""

    name: KeyName
    public: bytes

    @property
    def key(self) -> X25519PublicKey:
        """The public half as the library takes it."""
        return X25519PublicKey.from_public_bytes(self.public)


class DayKeys:
    """Makes, remembers and recognizes day keys; the least recently used is forgotten and found again.

    `limit` is at least the size of a batch, or what was found for it would be forgotten before it is used.
    """

    def __init__(self, erasure: ErasureKeys, limit: int = CACHE_LIMIT) -> None:
        self._erasure = erasure
        self._limit = limit
        self._known: OrderedDict[tuple[AccountId, date], PublicDayKey] = OrderedDict()

    def known(self, account: AccountId, day: date) -> PublicDayKey | None:
        """The key in memory, if there is one."""
        key = self._known.get((account, day))
        if key is not None:
            self._known.move_to_end((account, day))
        return key

    def forget(self) -> None:
        """Forget all."""
        self._known.clear()

    def recognize(self, rows: Iterable[Any], custodians: Sequence[SealingKey]) -> None:
        """Remember stored keys that a sealer of this server made for exactly these custodians."""
        circle = _circle(custodians)
        for row in rows:
            name = KeyName(AccountId(row["account_id"]), row["day"], row["key_id"])
            public, shown = bytes(row["public_key"]), row["tag"]
            with suppress(ErasureKeyGone):
                erasure_key = self._erasure.get(row["erasure_id"])
                if shown is not None and hmac.compare_digest(shown, _tag(name, public, erasure_key, circle)):
                    self._remember(PublicDayKey(name, public))

    def make(
        self, account: AccountId, day: date, custodians: Sequence[SealingKey], retention: int | None
    ) -> tuple[PublicDayKey, DayKey]:
        """Make a day's key, split its private half for every pair, lock the shares, forget the private half.

        Raises:
            ErasureKeyGone: the day was shredded.
        """
        private = X25519PrivateKey.generate()
        name = KeyName(account, day, secrets.randbits(_ID_BITS))
        shares = envelopes.split(private.private_bytes_raw(), name, rules.pairs(custodians))
        public = private.public_key().public_bytes_raw()
        del private
        erasure_id = rules.erasure_id(day, retention)
        erasure_key = self._erasure.get_or_make(erasure_id)
        locked = envelopes.lock_shares(shares, name, erasure_key)
        made = PublicDayKey(name, public)
        self._remember(made)
        tag = _tag(name, public, erasure_key, _circle(custodians))
        return made, DayKey(name, public, erasure_id, locked, losses.write_pairs(shares), tag)

    def _remember(self, key: PublicDayKey) -> None:
        self._known[key.name.account, key.name.day] = key
        self._known.move_to_end((key.name.account, key.name.day))
        if len(self._known) > self._limit:
            self._known.popitem(last=False)


def _tag(name: KeyName, public: bytes, erasure_key: bytes, circle: bytes) -> bytes:
    """What only this server could write: that it split this key, of this account and day, for these custodians."""
    message = envelopes.info("tag", name.account, name.day, name.key_id, circle, public)
    key = hmac.digest(erasure_key, _TAG_PURPOSE, "sha256")
    return hmac.digest(key, message, "sha256")[:_TAG_SIZE]


def _circle(custodians: Sequence[SealingKey]) -> bytes:
    return hashlib.sha256(b"".join(_of_custodian(one) for one in custodians)).digest()


def _of_custodian(key: SealingKey) -> bytes:
    return key.number.to_bytes(2, "big") + key.key_no.to_bytes(2, "big") + key.seal_key
