"""Moving an account to another phone number (core.telegram.org/method/account.changePhone).

Who held which number until when stays written: an order about the old number finds this account for the time before
the change, and only for that time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.accounts import code_store, rules, sealing, store
from parley.messenger.accounts.codes import Codes
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.events import PhoneChanged
from parley.messenger.accounts.model import SentCode
from parley.messenger.accounts.ports import Events, ServiceNotices
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.accounts.service import Accounts
from parley.messenger.errors import BadRequest, MessengerError
from parley.storage.database import Database

SETTLED_AFTER: Final = timedelta(days=1)
"""A device may change the number when it has been signed in for so long: a stolen sign-in code is not enough."""
NOTICE: Final = (
    "The phone number of your account was changed on one of your devices. If it was not you, end that device in the"
    " settings of your app and write to the operator."
)


class ChangeNumber:
    """The two steps: a code to the new number, and the change."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        secrets: Secrets,
        codes: Codes,
        accounts: Accounts,
        devices: Devices,
        events: Events,
        notices: ServiceNotices,
    ) -> None:
        self._db = db
        self._clock = clock
        self._secrets = secrets
        self._codes = codes
        self._accounts = accounts
        self._devices = devices
        self._events = events
        self._notices = notices

    async def send_code(self, account: AccountId, key: AuthKeyId, phone: str) -> SentCode:
        """Send a code to the number that the account is to have, and to nowhere else.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_NUMBER_OCCUPIED.
            MessengerError: FRESH_CHANGE_PHONE_FORBIDDEN (406), SEND_CODE_UNAVAILABLE (406).
            FloodWait: too many codes went to this number.
        """
        digits = rules.normalise_phone(phone)
        indexes = sealing.phone_indexes(self._secrets, digits)
        await self._check_device(account, key)
        if await store.account_of_phone(self._db, indexes) is not None:
            raise BadRequest("PHONE_NUMBER_OCCUPIED")
        return await self._codes.send(digits, indexes[0], None, self._codes.by_sms())

    async def change(self, account: AccountId, key: AuthKeyId, phone: str, code_hash: str, code: str) -> None:
        """Give the account the number that the code was sent to; the one before is free for others.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_NUMBER_OCCUPIED, PHONE_CODE_EMPTY, PHONE_CODE_INVALID,
                PHONE_CODE_EXPIRED, USER_DEACTIVATED.
            MessengerError: FRESH_CHANGE_PHONE_FORBIDDEN (406).
        """
        digits = rules.normalise_phone(phone)
        indexes = sealing.phone_indexes(self._secrets, digits)
        await self._check_device(account, key)
        await self._codes.check(indexes[0], code_hash, code)
        sealed = sealing.seal_phone(self._secrets, account, digits)
        now = self._clock.now()
        async with self._db.transaction() as conn:
            if not await store.hold(conn, account):
                raise BadRequest("USER_DEACTIVATED")
            if not await code_store.use(conn, indexes[0], code_hash):
                raise BadRequest("PHONE_CODE_EXPIRED")
            await store.free_phone(conn, account, now)
            if not await store.take_phone(conn, indexes, account, sealed, now):
                raise BadRequest("PHONE_NUMBER_OCCUPIED")
        self._accounts.forget(account)
        await self._events.publish(PhoneChanged(account))
        await self._notices.send(account, NOTICE)

    async def _check_device(self, account: AccountId, key: AuthKeyId) -> None:
        now = self._clock.now()
        for device in await self._devices.list(account):
            if device.auth_key_id == key and now - device.created_at >= SETTLED_AFTER:
                return
        raise MessengerError("FRESH_CHANGE_PHONE_FORBIDDEN", 406)
