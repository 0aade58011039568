"""How long the addresses of an account are kept, as its owner wishes: by command, or by a link that only shortens.

The vault is of another duty; it hears of a wish by the outbox. The link gives no session: whoever gets hold of it
can have this account's addresses kept for a shorter time, once, and learns nothing about the account.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts import retention_store as store
from parley.messenger.accounts import settings_store
from parley.storage import outbox
from parley.storage.database import Database, Executor

#: Payload: `account`, `days` (null for the operator's time).
RETENTION_TOPIC: Final = "vault.retention"
LINK_LIFE: Final = timedelta(minutes=10)
_SETTING = "address_retention"


class RetentionWishes:
    """What accounts asked for; `operator_days` holds for those that did not, `offered` are the shorter times."""

    def __init__(self, db: Database, clock: Clock, operator_days: int, offered: Sequence[int]) -> None:
        self._db = db
        self._clock = clock
        self.operator_days = operator_days
        self._offered = tuple(sorted(days for days in offered if days < operator_days))

    async def current(self, account: AccountId) -> int:
        """For how many days an account's addresses are kept, from tomorrow on at the latest."""
        return await self._current(self._db, account)

    async def _current(self, conn: Executor, account: AccountId) -> int:
        chosen = await settings_store.named_setting(conn, account, _SETTING)
        return min(int(chosen), self.operator_days) if chosen else self.operator_days

    def shorter_than(self, days: int) -> tuple[int, ...]:
        """The times on offer that are shorter, the shortest first."""
        return tuple(one for one in self._offered if one < days)

    async def choose(self, account: AccountId, days: int | None) -> None:
        """Take a wish, which the caller has checked; None takes an earlier one back."""
        async with self._db.transaction() as conn:
            await self._choose(conn, account, days)

    async def make_link(self, account: AccountId) -> str:
        """Give a token that serves once within ten minutes."""
        token = secrets.token_urlsafe(24)
        expires_at = self._clock.now() + LINK_LIFE
        async with self._db.transaction() as conn:
            await store.put_link(conn, account, _hash(token), expires_at)
        return token

    async def of_link(self, token: str) -> AccountId | None:
        """Whose link it is, as long as it serves; looking uses nothing up."""
        return await store.link_account(self._db, _hash(token), self._clock.now())

    async def use_link(self, token: str, days: int) -> bool:
        """Shorten by a link; False when it does not serve any more, or the time is not a shorter one on offer."""
        async with self._db.transaction() as conn:
            account = await store.take_link(conn, _hash(token), self._clock.now())
            if account is None or days not in self.shorter_than(await self._current(conn, account)):
                return False
            await self._choose(conn, account, days)
        return True

    async def forget_links(self) -> None:
        """Forget links whose time is over; a step of the sweeping."""
        await store.forget_links(self._db, self._clock.now())

    async def _choose(self, conn: Executor, account: AccountId, days: int | None) -> None:
        await settings_store.write_named_setting(conn, account, _SETTING, days or 0)
        await outbox.put(conn, "messenger", RETENTION_TOPIC, {"account": account, "days": days})


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
