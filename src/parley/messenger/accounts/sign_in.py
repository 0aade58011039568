"""From a phone number to a signed-in device: codes, sign-in and sign-up (core.telegram.org/api/auth)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from parley.core.auth_keys import ClientInfo
from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId, new_public_id
from parley.messenger.accounts import code_store, rules, sealing, store
from parley.messenger.accounts.activity import Activity
from parley.messenger.accounts.code_store import CodeRow
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.events import AccountCreated
from parley.messenger.accounts.model import Account, CodeChannel, CodeDelivery, SentCode
from parley.messenger.accounts.ports import CodeSender, Events
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest, FloodWait, MessengerError
from parley.storage.database import Database

#: How long after its code a confirmed sign-up may take: time to read the terms and to think of a name.
_SIGN_UP_TIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Caller:
    """The device that asks: its permanent key, its client and the address of its connection."""

    auth_key_id: AuthKeyId
    client: ClientInfo
    address: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Senders:
    """The ways of a code that the operator has; `development` sees every code besides."""

    sessions: CodeSender | None = None
    sms: CodeSender | None = None
    development: CodeSender | None = None


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
        self._senders = senders
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
        account = await store.account_of_phone(self._db, index)
        channels = await self._channels(account)
        return await self._send(digits, index, account, channels, resends=0)

    async def resend_code(self, phone: str, code_hash: str) -> SentCode:
        """Send a new code on the next way; the code before is void.

        Raises:
            BadRequest: PHONE_CODE_EXPIRED, or what `send_code` raises.
            FloodWait: too many codes went to this number.
        """
        digits = rules.normalise_phone(phone)
        index = sealing.phone_index(self._secrets, digits)
        row = await self._current(index, code_hash)
        if row.resends >= rules.CODE_RESENDS:
            raise MessengerError("SEND_CODE_UNAVAILABLE", 406)
        account = await store.account_of_phone(self._db, index)
        channels = [c for c in await self._channels(account) if c is CodeChannel.SMS]
        return await self._send(digits, index, account, channels, resends=row.resends + 1)

    async def cancel_code(self, phone: str, code_hash: str) -> None:
        """Make a code void.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_CODE_EXPIRED.
        """
        index = sealing.phone_index(self._secrets, rules.normalise_phone(phone))
        await self._current(index, code_hash)
        await code_store.use(self._db, index, code_hash)

    async def sign_in(self, caller: Caller, phone: str, code_hash: str, code: str) -> AccountId | None:
        """Sign a device in with a code; None when the number has no account yet and `sign_up` must follow.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_CODE_EMPTY, PHONE_CODE_INVALID, PHONE_CODE_EXPIRED.
        """
        index = sealing.phone_index(self._secrets, rules.normalise_phone(phone))
        await self._check_code(index, code_hash, code)
        account = await store.account_of_phone(self._db, index)
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
        """Make an account for a number whose code was confirmed, and sign the device in.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_CODE_EXPIRED, PHONE_CODE_INVALID, FIRSTNAME_INVALID,
                LASTNAME_INVALID, PHONE_NUMBER_OCCUPIED.
        """
        digits = rules.normalise_phone(phone)
        index = sealing.phone_index(self._secrets, digits)
        names = rules.first_name(first), rules.last_name(last)
        row = await self._current(index, code_hash, _SIGN_UP_TIME)
        if not row.confirmed:
            raise BadRequest("PHONE_CODE_INVALID")
        async with self._db.transaction() as conn:
            if not await code_store.use(conn, index, code_hash):
                raise BadRequest("PHONE_CODE_EXPIRED")
            account = await self._create(conn, digits, index, *names)
            await self._devices.attach(conn, account, caller.auth_key_id, caller.client)
        await self._events.publish(AccountCreated(account))
        await self._signed_in(account, caller)
        return account

    async def purge_codes(self) -> None:
        """Forget the codes of windows that are over; a background task calls it."""
        await code_store.purge(self._db, self._clock.now() - 2 * rules.CODE_WINDOW)

    async def _signed_in(self, account: AccountId, caller: Caller) -> None:
        await self._devices.attached(account, caller.auth_key_id)
        await self._activity.signed_in(account, caller.auth_key_id, caller.address)

    async def _create(self, conn: asyncpg.Connection, phone: str, index: bytes, first: str, last: str) -> AccountId:
        now = self._clock.now()
        account = AccountId(new_public_id())
        while not await store.insert_account(conn, Account(account, first, last, None, "", now)):
            account = AccountId(new_public_id())
        sealed = sealing.seal_phone(self._secrets, account, phone)
        if not await store.take_phone(conn, index, account, sealed, now):
            raise BadRequest("PHONE_NUMBER_OCCUPIED")
        return account

    async def _channels(self, account: AccountId | None) -> list[CodeChannel]:
        channels = []
        if account is not None and self._senders.sessions and await self._devices.has_any(account):
            channels.append(CodeChannel.SESSIONS)
        if self._senders.sms or self._senders.development:
            channels.append(CodeChannel.SMS)
        return channels

    async def _send(
        self,
        phone: str,
        index: bytes,
        account: AccountId | None,
        channels: Sequence[CodeChannel],
        resends: int,
    ) -> SentCode:
        if not channels:
            raise MessengerError("SEND_CODE_UNAVAILABLE", 406)
        code = "".join(secrets.choice("0123456789") for _ in range(rules.CODE_DIGITS))
        row = await self._write_code(index, code, resends)
        delivery = CodeDelivery(phone, code, account, row.expires_at)
        for sender in self._ways(channels[0]):
            await sender.send(delivery)
        following = channels[1] if len(channels) > 1 else None
        return SentCode(row.code_hash, channels[0], following, rules.RESEND_AFTER_S, rules.CODE_DIGITS)

    def _ways(self, channel: CodeChannel) -> list[CodeSender]:
        chosen = self._senders.sessions if channel is CodeChannel.SESSIONS else self._senders.sms
        return [way for way in (self._senders.development, chosen) if way is not None]

    async def _write_code(self, index: bytes, code: str, resends: int) -> CodeRow:
        now = self._clock.now()
        window_start, sends = await self._window(index, now)
        code_hash = secrets.token_hex(16)
        row = CodeRow(
            phone_index=index,
            code_hash=code_hash,
            digest=sealing.code_digest(self._secrets, code_hash, code),
            sent_at=now,
            expires_at=now + rules.CODE_LIFETIME,
            attempts=0,
            resends=resends,
            confirmed=False,
            cancelled=False,
            window_start=window_start,
            window_sends=sends,
        )
        await code_store.write(self._db, row)
        return row

    async def _window(self, index: bytes, now: datetime) -> tuple[datetime, int]:
        """Count this code into the number's window; the count survives whatever becomes of the code."""
        row = await code_store.read(self._db, index)
        if row is None or now - row.window_start >= rules.CODE_WINDOW:
            return now, 1
        wait = rules.wait_for_window(row.window_start, row.window_sends, now)
        if wait:
            raise FloodWait(wait)
        return row.window_start, row.window_sends + 1

    async def _current(self, index: bytes, code_hash: str, extra: timedelta = timedelta()) -> CodeRow:
        row = await code_store.read(self._db, index)
        if row is None or row.cancelled or not hmac.compare_digest(row.code_hash, code_hash):
            raise BadRequest("PHONE_CODE_EXPIRED")
        if row.expires_at + extra <= self._clock.now():
            raise BadRequest("PHONE_CODE_EXPIRED")
        return row

    async def _check_code(self, index: bytes, code_hash: str, code: str) -> None:
        if not code:
            raise BadRequest("PHONE_CODE_EMPTY")
        row = await self._current(index, code_hash)
        if not await code_store.count_attempt(self._db, index, code_hash, rules.CODE_ATTEMPTS):
            raise BadRequest("PHONE_CODE_EXPIRED")
        shown = sealing.code_digest(self._secrets, code_hash, code)
        if not hmac.compare_digest(shown, row.digest):
            raise BadRequest("PHONE_CODE_INVALID")
