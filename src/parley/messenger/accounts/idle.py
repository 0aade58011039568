"""Unused devices are signed out and unused accounts deleted after as many days as their owners chose."""

from __future__ import annotations

from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.model import ACCOUNT_TTL, ACCOUNT_TTL_DAYS, DEVICE_TTL, DEVICE_TTL_DAYS
from parley.messenger.accounts.service import Accounts
from parley.messenger.sql import Executor
from parley.storage.database import Database

_STEP = 200


class Idle:
    """Ends what nobody has used for as long as its owner said."""

    def __init__(self, db: Database, clock: Clock, accounts: Accounts, devices: Devices) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._devices = devices

    async def end_devices(self) -> int:
        """Sign out devices that were idle for longer than their account allows; gives how many."""
        idle = await _idle_devices(self._db, self._clock.now())
        for account, key in idle:
            await self._devices.log_out(account, key)
        return len(idle)

    async def delete_accounts(self) -> int:
        """Delete accounts that were idle for longer than their owner chose; gives how many."""
        idle = await _idle_accounts(self._db, self._clock.now())
        for account in idle:
            await self._accounts.delete(account)
        return len(idle)


async def _idle_devices(db: Executor, now: datetime) -> list[tuple[AccountId, AuthKeyId]]:
    """A background scan over all devices."""
    rows = await db.fetch(
        "SELECT d.account_id, d.auth_key_id FROM messenger.devices d LEFT JOIN messenger.account_settings s"
        " ON s.account_id = d.account_id AND s.name = $1"
        " WHERE d.active_at < $2::timestamptz - make_interval(days => coalesce((s.value #>> '{}')::int, $3))"
        " LIMIT $4",
        DEVICE_TTL,
        now,
        DEVICE_TTL_DAYS,
        _STEP,
    )
    return [(AccountId(row["account_id"]), AuthKeyId(row["auth_key_id"])) for row in rows]


async def _idle_accounts(db: Executor, now: datetime) -> list[AccountId]:
    """A background scan over all accounts of people; a device in use keeps its account in use."""
    rows = await db.fetch(
        "SELECT a.account_id FROM messenger.accounts a"
        " LEFT JOIN messenger.account_settings s ON s.account_id = a.account_id AND s.name = $1"
        " LEFT JOIN messenger.presence p ON p.account_id = a.account_id"
        " WHERE a.deleted_at IS NULL AND NOT a.is_bot AND NOT a.support"
        " AND greatest(a.created_at, p.seen_at, (SELECT max(d.active_at) FROM messenger.devices d"
        "  WHERE d.account_id = a.account_id))"
        " < $2::timestamptz - make_interval(days => coalesce((s.value #>> '{}')::int, $3)) LIMIT $4",
        ACCOUNT_TTL,
        now,
        ACCOUNT_TTL_DAYS,
        _STEP,
    )
    return [AccountId(row["account_id"]) for row in rows]
