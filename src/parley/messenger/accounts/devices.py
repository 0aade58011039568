"""Which authorization key is signed in to which account, and ending that from any of the account's devices."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import asyncpg

from parley.core.auth_keys import ClientInfo
from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.accounts import device_store, sealing
from parley.messenger.accounts.events import DeviceEnded, SignedIn
from parley.messenger.accounts.model import Device
from parley.messenger.accounts.ports import Events
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

_CACHED_KEYS = 100_000


class Devices:
    """The signed-in devices of all accounts."""

    def __init__(self, db: Database, clock: Clock, secrets: Secrets, events: Events) -> None:
        self._db = db
        self._clock = clock
        self._secrets = secrets
        self._events = events
        self._accounts: ReadCache[AuthKeyId, AccountId] = ReadCache(self._read_accounts, _CACHED_KEYS)

    async def account_of(self, key: AuthKeyId) -> AccountId | None:
        """Give the account of a permanent key, or None before sign-in."""
        return await self._accounts.get(key)

    async def attach(
        self, conn: asyncpg.Connection, account: AccountId, key: AuthKeyId, client: ClientInfo
    ) -> None:
        """Sign a key in, inside the caller's transaction; a former account of the key is signed out of it."""
        former = (await device_store.accounts_of_keys(conn, (key,))).get(key)
        if former is not None and former != account:
            await device_store.delete_devices(conn, former, (key,))
        await device_store.attach_account(conn, (key,), account)
        await device_store.insert_device(conn, self._device(account, key, client))

    async def attached(self, account: AccountId, key: AuthKeyId) -> None:
        """Tell everybody after the commit of `attach`."""
        self._accounts.forget(key)
        await self._events.publish(SignedIn(account, key))

    async def list(self, account: AccountId) -> list[Device]:
        """Give the account's devices, the most recently active first."""
        return await device_store.devices(self._db, account)

    async def has_any(self, account: AccountId) -> bool:
        """Tell whether the account is signed in anywhere."""
        return bool(await self.list(account))

    def hash_of(self, device: Device) -> int:
        """Give the number by which the list of devices names this one."""
        return sealing.device_hash(self._secrets, device.account_id, device.auth_key_id)

    async def end(self, account: AccountId, device_hash: int) -> None:
        """End one device of the account, named as in its list.

        Raises:
            BadRequest: HASH_INVALID.
        """
        for device in await self.list(account):
            if self.hash_of(device) == device_hash:
                await self._end(account, (device.auth_key_id,))
                return
        raise BadRequest("HASH_INVALID")

    async def end_others(self, account: AccountId, current: AuthKeyId) -> None:
        """End all devices of the account but one."""
        devices = await self.list(account)
        await self._end(account, [d.auth_key_id for d in devices if d.auth_key_id != current])

    async def end_all(self, account: AccountId) -> None:
        """End all devices of the account, for instance after its deletion or suspension."""
        await self._end(account, [device.auth_key_id for device in await self.list(account)])

    async def log_out(self, account: AccountId, key: AuthKeyId) -> None:
        """Sign one key out of its account."""
        await self._end(account, (key,))

    async def refresh(self, account: AccountId, key: AuthKeyId, client: ClientInfo) -> None:
        """Note that a device is active and what its client says of itself now."""
        await device_store.refresh_device(self._db, account, key, client, self._clock.now())

    def forget(self, key: AuthKeyId) -> None:
        """Drop what is cached of a key; called when the bus tells of a change."""
        self._accounts.forget(key)

    async def _end(self, account: AccountId, keys: Collection[AuthKeyId]) -> None:
        if not keys:
            return
        async with self._db.transaction() as conn:
            gone = await device_store.delete_devices(conn, account, keys)
            await device_store.attach_account(conn, gone, None)
        for key in gone:
            self._accounts.forget(key)
            await self._events.publish(DeviceEnded(account, key))

    def _device(self, account: AccountId, key: AuthKeyId, client: ClientInfo) -> Device:
        now = self._clock.now()
        return Device(
            auth_key_id=key,
            account_id=account,
            api_id=client.api_id,
            device_model=client.device_model,
            system_version=client.system_version,
            app_version=client.app_version,
            lang_code=client.lang_code,
            created_at=now,
            active_at=now,
        )

    async def _read_accounts(self, keys: Collection[AuthKeyId]) -> Mapping[AuthKeyId, AccountId]:
        return await device_store.accounts_of_keys(self._db, keys)
