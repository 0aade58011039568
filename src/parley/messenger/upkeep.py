"""The messenger's background chores: what has run out is forgotten, and deleted accounts leave nothing behind."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts.auth_keys import AuthKeys
from parley.messenger.accounts.idle import Idle
from parley.messenger.accounts.service import Accounts
from parley.messenger.accounts.sign_in import SignIn
from parley.messenger.channels.members import Members
from parley.messenger.contacts.service import Contacts
from parley.policy.service import Policies
from parley.storage.leases import Lease
from parley.storage.outbox import Item

_PAUSE_S = 600.0


class Upkeep:
    """Runs the chores every ten minutes in the one process that holds the lease."""

    def __init__(
        self,
        lease: Lease,
        clock: Clock,
        *,
        accounts: Accounts,
        sign_in: SignIn,
        auth_keys: AuthKeys,
        idle: Idle,
        identifiers_kept: timedelta,
    ) -> None:
        self._lease = lease
        self._clock = clock
        self._accounts = accounts
        self._sign_in = sign_in
        self._auth_keys = auth_keys
        self._idle = idle
        self._identifiers_kept = identifiers_kept

    async def run(self) -> None:
        """Do the chores for ever; started under the supervisor."""
        while True:
            if await self._lease.hold():
                await self.once()
            await asyncio.sleep(_PAUSE_S)

    async def once(self) -> None:
        """Do every chore once. Temporary keys expire by the machine's clock, as everything of MTProto does."""
        await self._sign_in.purge_codes()
        await self._auth_keys.purge(int(time.time()))
        await self._idle.end_devices()
        await self._idle.delete_accounts()
        await self._accounts.purge_periods(self._clock.now() - self._identifiers_kept)


class DeletionFollowUp:
    """Handles the outbox topic `accounts.service.ACCOUNT_DELETED`; every step may repeat."""

    def __init__(self, contacts: Contacts, members: Members, policies: Policies) -> None:
        self._contacts = contacts
        self._members = members
        self._policies = policies

    async def handle(self, item: Item) -> None:
        """Remove the address book, leave all channels, forget what was accepted."""
        account = AccountId(item.payload["account_id"])
        await self._contacts.account_deleted(account)
        await self._members.account_deleted(account)
        await self._policies.forget(account)
