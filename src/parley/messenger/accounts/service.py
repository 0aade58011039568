"""Accounts as everybody sees them: reading through a cache, profile, username, number, deletion."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import AccountId, box_of_account
from parley.core.peers import Peer
from parley.messenger.accounts import rules, sealing, settings_store, store
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.events import AccountChanged, AccountDeleted, UsernameChanged
from parley.messenger.accounts.model import Account
from parley.messenger.accounts.ports import Events
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest
from parley.messenger.messages import emptying_store
from parley.messenger.read_cache import ReadCache
from parley.storage import outbox
from parley.storage.database import Database

#: Outbox topic: an account was deleted, and the features that hold something of it must tidy up.
ACCOUNT_DELETED = "messenger.account_deleted"
_CACHED = 100_000


class Accounts:
    """Living and deleted accounts."""

    def __init__(self, db: Database, clock: Clock, secrets: Secrets, devices: Devices, events: Events) -> None:
        self._db = db
        self._clock = clock
        self._secrets = secrets
        self._devices = devices
        self._events = events
        self._accounts: ReadCache[AccountId, Account] = ReadCache(self._read, _CACHED)
        self._phones: ReadCache[AccountId, str] = ReadCache(self._read_phones, _CACHED)
        self._names: ReadCache[str, Peer] = ReadCache(self._read_names, _CACHED)

    async def get(self, account: AccountId) -> Account:
        """Give an account, deleted ones included.

        Raises:
            BadRequest: USER_ID_INVALID.
        """
        found = await self._accounts.get(account)
        if found is None:
            raise BadRequest("USER_ID_INVALID")
        return found

    async def find(self, account: AccountId) -> Account | None:
        """Give an account, deleted ones included, or None."""
        return await self._accounts.get(account)

    async def get_many(self, ids: Collection[AccountId]) -> dict[AccountId, Account]:
        """Give those accounts that exist, deleted ones included."""
        return await self._accounts.get_many(ids)

    async def phones(self, ids: Collection[AccountId]) -> dict[AccountId, str]:
        """Give the numbers of accounts; who may see them is for `Privacy` to say."""
        return await self._phones.get_many(ids)

    async def by_phone(self, phone: str) -> AccountId | None:
        """Find the holder of a number, whatever their privacy.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID.
        """
        digits = rules.normalise_phone(phone)
        return await store.account_of_phone(self._db, sealing.phone_indexes(self._secrets, digits))

    async def by_phones(self, phones: Collection[str]) -> dict[str, AccountId]:
        """Find the holders of normalised numbers."""
        indexes = {index: phone for phone in phones for index in sealing.phone_indexes(self._secrets, phone)}
        found = await store.accounts_of_phones(self._db, indexes)
        return {indexes[index]: account for index, account in found.items()}

    async def by_username(self, username: str) -> Peer | None:
        """Find the holder of a username: a user or a channel."""
        return await self._names.get(rules.fold_username(username))

    async def holders(self, usernames: Collection[str]) -> list[Peer]:
        """Find the holders of several usernames with at most one read."""
        found = await self._names.get_many([rules.fold_username(name) for name in usernames])
        return list(found.values())

    async def matching(self, ids: Collection[AccountId], query: str) -> list[AccountId]:
        """Choose those of `ids` with a word of their name, or a username, that starts with `query`."""
        accounts = await self._accounts.get_many(ids)
        return [ident for ident in ids if ident in accounts and rules.name_matches(accounts[ident], query)]

    async def update_profile(
        self,
        account: AccountId,
        first_name: str | None = None,
        last_name: str | None = None,
        about: str | None = None,
        *,
        origin: int | None = None,
    ) -> Account:
        """Change what is given of a profile.

        Raises:
            BadRequest: FIRSTNAME_INVALID, LASTNAME_INVALID, ABOUT_TOO_LONG.
        """
        before = await self.get(account)
        after = replace(
            before,
            first_name=before.first_name if first_name is None else rules.first_name(first_name),
            last_name=before.last_name if last_name is None else rules.last_name(last_name),
            about=before.about if about is None else rules.about(about),
        )
        if after != before:
            await store.update_profile(self._db, account, after.first_name, after.last_name, after.about)
            await self._changed(account, origin)
        return await self.get(account)

    async def check_username(self, account: AccountId, username: str) -> bool:
        """Tell whether an account may take a username now.

        Raises:
            BadRequest: USERNAME_INVALID.
        """
        name = rules.username(username, (await self.get(account)).is_bot)
        holder = await store.owner_of_name(self._db, rules.fold_username(name))
        return holder is None or holder == Peer.user(account)

    async def set_username(self, account: AccountId, username: str, *, origin: int | None = None) -> Account:
        """Take a username, or give the present one back with an empty text.

        Raises:
            BadRequest: USERNAME_INVALID, USERNAME_OCCUPIED, USERNAME_NOT_MODIFIED.
        """
        before = await self.get(account)
        after = rules.username(username, before.is_bot) if username else None
        if after == before.username:
            raise BadRequest("USERNAME_NOT_MODIFIED")
        await self._swap_username(account, before.username, after)
        for name in (before.username, after):
            if name is not None:
                self.forget_name(name)
        await self._changed(account, origin)
        if before.username and (not after or before.username.lower() != after.lower()):
            await self._events.publish(UsernameChanged(before.username, None))
        if after:
            await self._events.publish(UsernameChanged(after, Peer.user(account)))
        return await self.get(account)

    async def delete(self, account: AccountId) -> None:
        """Delete an account: profile emptied, identifiers freed, devices ended; repeated calls do nothing.

        Its box is emptied in the background. Who held the identifiers until now stays known for as long as
        addresses are kept.
        """
        before = await self.get(account)
        now = self._clock.now()
        async with self._db.transaction() as conn:
            if not await store.mark_deleted(conn, account, now):
                return
            if before.username:
                await store.free_name(conn, rules.fold_username(before.username), Peer.user(account), now)
            await store.free_phone(conn, account, now)
            await settings_store.clear(conn, account)
            await emptying_store.begin(conn, box_of_account(account), now)
            await outbox.put(conn, "messenger", ACCOUNT_DELETED, {"account_id": account})
        await self._devices.end_all(account)
        self.forget(account)
        if before.username:
            self.forget_name(before.username)
            await self._events.publish(UsernameChanged(before.username, None))
        await self._events.publish(AccountDeleted(account))

    async def purge_periods(self, before: datetime) -> int:
        """Forget who held which identifier until before `before`; gives the number of rows."""
        return await store.purge_periods(self._db, before)

    def forget(self, account: AccountId) -> None:
        """Drop what is cached of an account; called when the bus tells of a change."""
        self._accounts.forget(account)
        self._phones.forget(account)

    def forget_name(self, username: str) -> None:
        """Drop what is cached of a username; called when the bus tells of a change."""
        self._names.forget(rules.fold_username(username))

    async def _swap_username(self, account: AccountId, old: str | None, new: str | None) -> None:
        owner, now = Peer.user(account), self._clock.now()
        respelt = old and new and old.lower() == new.lower()
        async with self._db.transaction() as conn:
            if old and not respelt:
                await store.free_name(conn, rules.fold_username(old), owner, now)
            if new and not respelt and not await store.take_name(conn, rules.fold_username(new), owner, now):
                raise BadRequest("USERNAME_OCCUPIED")
            await store.update_username(conn, account, new)

    async def _changed(self, account: AccountId, origin: int | None) -> None:
        self._accounts.forget(account)
        await self._events.publish(AccountChanged(account, origin))

    async def _read(self, ids: Collection[AccountId]) -> Mapping[AccountId, Account]:
        return await store.accounts(self._db, ids)

    async def _read_phones(self, ids: Collection[AccountId]) -> Mapping[AccountId, str]:
        sealed = await store.sealed_phones(self._db, ids)
        return {account: sealing.open_phone(self._secrets, account, value) for account, value in sealed.items()}

    async def _read_names(self, names: Collection[str]) -> Mapping[str, Peer]:
        return await store.owners_of_names(self._db, names)
