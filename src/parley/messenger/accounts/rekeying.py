"""Moves every number and every authorization key from a former accounts key to the newest one, in the background.

A row tells by its own tag which key it lies under, so a pass that was cut off simply begins anew: what was moved
before is recognized and passed over. While the work runs both keys open; when a whole pass has found every row
under the newest key, the former one opens nothing any more and can be destroyed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from parley.core.errors import Invalid
from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.accounts import rekeying_store as store
from parley.messenger.accounts import sealing
from parley.messenger.accounts.rekeying_store import MovedPhone
from parley.messenger.accounts.sealing import Secrets
from parley.storage.database import Database

log = logging.getLogger(__name__)
_PAGE = 200
_FIRST_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many rows a pass moved, and how many open under neither key (they are damaged and were before)."""

    phones: int = 0
    auth_keys: int = 0
    damaged: int = 0

    def plus(self, other: Moved) -> Moved:
        """Add up two pages."""
        return Moved(self.phones + other.phones, self.auth_keys + other.auth_keys, self.damaged + other.damaged)


class Rekeying:
    """One change of the accounts key; `finished` is told what was moved when the former key has become useless."""

    def __init__(
        self,
        db: Database,
        secrets: Secrets,
        holds: Callable[[], Awaitable[bool]],
        finished: Callable[[Moved], Awaitable[None]],
    ) -> None:
        self._db = db
        self._secrets = secrets
        self._holds = holds
        self._finished = finished
        self._over = secrets.former is None

    async def run(self) -> None:
        """Move everything; the caller holds the lease. Does nothing when no change is under way or all is done.

        When the lease is lost on the way, whoever has it now moves the rest and says that all is done.
        """
        if self._over:
            return
        try:
            moved = (await self._all_phones()).plus(await self._all_auth_keys())
        except _LeaseLost:
            return
        log.info("the accounts key is changed: %d numbers and %d sessions moved", moved.phones, moved.auth_keys)
        if moved.damaged:
            log.error("%d rows open under neither accounts key: they were damaged before", moved.damaged)
        await self._finished(moved)
        self._over = True

    async def _all_phones(self) -> Moved:
        total, after = Moved(), (AccountId(-(2**63)), _FIRST_TIME)
        while True:
            async with self._db.transaction() as conn:
                rows = await store.phone_page(conn, after, _PAGE)
                moved, damaged = self._phones(rows)
                await store.move_phones(conn, moved)
            if not rows:
                return total
            total = total.plus(Moved(phones=len(moved), damaged=damaged))
            after = AccountId(rows[-1]["account_id"]), rows[-1]["since"]
            await self._keep_lease()

    async def _keep_lease(self) -> None:
        if not await self._holds():
            raise _LeaseLost

    def _phones(self, rows: Sequence[Any]) -> tuple[list[MovedPhone], int]:
        moved, damaged = [], 0
        for row in rows:
            account = AccountId(row["account_id"])
            if sealing.phone_is_current(self._secrets, account, row["sealed"]):
                continue
            try:
                phone = sealing.open_phone(self._secrets, account, row["sealed"])
            except Invalid:
                damaged += 1
                continue
            index, sealed = (
                sealing.phone_index(self._secrets, phone),
                sealing.seal_phone(self._secrets, account, phone),
            )
            moved.append(MovedPhone(account, row["since"], row["phone_index"], index, sealed))
        return moved, damaged

    async def _all_auth_keys(self) -> Moved:
        total, after = Moved(), AuthKeyId(-(2**63))
        while True:
            async with self._db.transaction() as conn:
                rows = await store.auth_key_page(conn, after, _PAGE)
                moved, damaged = self._auth_keys(rows)
                await store.move_auth_keys(conn, moved)
            if not rows:
                return total
            total = total.plus(Moved(auth_keys=len(moved), damaged=damaged))
            after = AuthKeyId(rows[-1]["auth_key_id"])
            await self._keep_lease()

    def _auth_keys(self, rows: Sequence[Any]) -> tuple[dict[AuthKeyId, bytes], int]:
        moved: dict[AuthKeyId, bytes] = {}
        damaged = 0
        for row in rows:
            ident = AuthKeyId(row["auth_key_id"])
            if sealing.auth_key_is_current(self._secrets, ident, row["sealed"]):
                continue
            try:
                key = sealing.open_auth_key(self._secrets, ident, row["sealed"])
            except Invalid:
                damaged += 1
                continue
            moved[ident] = sealing.seal_auth_key(self._secrets, ident, key)
        return moved, damaged


class _LeaseLost(Exception):
    """Another process does this work by now."""
