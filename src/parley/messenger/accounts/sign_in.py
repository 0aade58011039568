"""From a phone number to a signed-in device: codes, sign-in and sign-up (core.telegram.org/api/auth)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from parley.core.auth_keys import ClientInfo
from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId, new_public_id
from parley.messenger import calls
from parley.messenger.accounts import code_store, rules, sealing, store
from parley.messenger.accounts.activity import Activity
from parley.messenger.accounts.codes import Codes, Senders
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.events import AccountCreated
from parley.messenger.accounts.model import Account, CodeChannel, SentCode
from parley.messenger.accounts.ports import Events
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest, MessengerError
from parley.storage.database import Database

#: How long after its code a confirmed sign-up may take: time to read the terms and to think of a name.
_SIGN_UP_TIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Caller:
    """The device that asks: its permanent key, its client and the address of its connection.

    `call_id` names the call, and `account` is that of the key by now: a repeated sign-up finds what it made.
    """

    auth_key_id: AuthKeyId
    client: ClientInfo
    address: tuple[str, int]
    call_id: int = 0
    account: AccountId | None = None


class SignIn:
    """The actions before and at sign-in."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        secrets_: Secrets,
        senders: Senders,
        devices: Devices,
        activity: Activity,
        events: Events,
    ) -> None:
        self._db = db
        self._clock = clock
        self._secrets = secrets_
        self.codes = Codes(db, clock, secrets_, senders)
        self._devices = devices
        self._activity = activity
        self._events = events

    async def send_code(self, phone: str) -> SentCode:
        """Send a code to a number: to its account's devices where there are any, else by SMS.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, SMS_CODE_CREATE_FAILED, SEND_CODE_UNAVAILABLE (406).
            FloodWait: too many codes went to this number.
        """
        digits = rules.normalise_phone(phone)
        index = sealing.phone_index(self._secrets, digits)
        account = await self._holder(digits)
        channels = await self._channels(account)
        return await self.codes.send(digits, index, account, channels)

    async def resend_code(self, phone: str, code_hash: str) -> SentCode:
        """Send a new code on the next way; the code before is void.

        Raises:
            BadRequest: PHONE_CODE_EXPIRED, or what `send_code` raises.
            FloodWait: too many codes went to this number.
        """
        digits = rules.normalise_phone(phone)
        index = sealing.phone_index(self._secrets, digits)
        row = await self.codes.current(index, code_hash)
        if row.resends >= rules.CODE_RESENDS:
            raise MessengerError("SEND_CODE_UNAVAILABLE", 406)
        account = await self._holder(digits)
        channels = [c for c in await self._channels(account) if c is CodeChannel.SMS]
        return await self.codes.send(digits, index, account, channels, resends=row.resends + 1)

    async def cancel_code(self, phone: str, code_hash: str) -> None:
        """Make a code void.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_CODE_EXPIRED.
        """
        index = sealing.phone_index(self._secrets, rules.normalise_phone(phone))
        await self.codes.current(index, code_hash)
        await code_store.use(self._db, index, code_hash)

    async def sign_in(self, caller: Caller, phone: str, code_hash: str, code: str) -> AccountId | None:
        """Sign a device in with a code; None when the number has no account yet and `sign_up` must follow.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_CODE_EMPTY, PHONE_CODE_INVALID, PHONE_CODE_EXPIRED.
        """
        digits = rules.normalise_phone(phone)
        index = sealing.phone_index(self._secrets, digits)
        await self.codes.check(index, code_hash, code)
        account = await self._holder(digits)
        if account is None:
            await code_store.confirm(self._db, index, code_hash)
            return None
        async with self._db.transaction() as conn:
            if not await code_store.use(conn, index, code_hash):
                raise BadRequest("PHONE_CODE_EXPIRED")
            await self._devices.attach(conn, account, caller.auth_key_id, caller.client)
        await self._signed_in(account, caller)
        return account

    async def sign_up(self, caller: Caller, phone: str, code_hash: str, first: str, last: str) -> AccountId:
        """Make an account for a number whose code was confirmed, and sign the device in; a repeat gives the same.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_CODE_EXPIRED, PHONE_CODE_INVALID, FIRSTNAME_INVALID,
                LASTNAME_INVALID, PHONE_NUMBER_OCCUPIED.
        """
        if (made := await self._signed_up_before(caller)) is not None:
            return made
        digits = rules.normalise_phone(phone)
        indexes = sealing.phone_indexes(self._secrets, digits)
        names = rules.first_name(first), rules.last_name(last)
        row = await self.codes.current(indexes[0], code_hash, _SIGN_UP_TIME)
        if not row.confirmed:
            raise BadRequest("PHONE_CODE_INVALID")
        async with self._db.transaction() as conn:
            if not await code_store.use(conn, indexes[0], code_hash):
                raise BadRequest("PHONE_CODE_EXPIRED")
            account = await self._create(conn, digits, indexes, *names)
            await calls.remember(conn, account, caller.call_id, {"account": account}, self._clock.now())
            await self._devices.attach(conn, account, caller.auth_key_id, caller.client)
        await self._events.publish(AccountCreated(account))
        await self._signed_in(account, caller)
        return account

    async def _signed_up_before(self, caller: Caller) -> AccountId | None:
        if caller.account is None:
            return None
        found = await calls.earlier(self._db, caller.account, caller.call_id)
        return caller.account if found is not None and "account" in found else None

    async def purge_codes(self) -> None:
        """Forget the codes of windows that are over; a background task calls it."""
        await code_store.purge(self._db, self._clock.now() - 2 * rules.CODE_WINDOW)

    async def _signed_in(self, account: AccountId, caller: Caller) -> None:
        await self._devices.attached(account, caller.auth_key_id)
        await self._activity.signed_in(account, caller.auth_key_id, caller.address)

    async def _create(
        self, conn: asyncpg.Connection, phone: str, indexes: Sequence[bytes], first: str, last: str
    ) -> AccountId:
        now = self._clock.now()
        account = AccountId(new_public_id())
        while not await store.insert_account(conn, Account(account, first, last, None, "", now)):
            account = AccountId(new_public_id())
        sealed = sealing.seal_phone(self._secrets, account, phone)
        if not await store.take_phone(conn, indexes, account, sealed, now):
            raise BadRequest("PHONE_NUMBER_OCCUPIED")
        return account

    async def _holder(self, digits: str) -> AccountId | None:
        return await store.account_of_phone(self._db, sealing.phone_indexes(self._secrets, digits))

    async def _channels(self, account: AccountId | None) -> list[CodeChannel]:
        channels = []
        if account is not None and self.codes.senders.sessions and await self._devices.has_any(account):
            channels.append(CodeChannel.SESSIONS)
        return channels + self.codes.by_sms()
