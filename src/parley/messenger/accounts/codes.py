"""Codes that show that somebody holds a number: sent on the operator's ways, few at a time, checked once."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts import code_store, rules, sealing
from parley.messenger.accounts.code_store import CodeRow
from parley.messenger.accounts.model import CodeChannel, CodeDelivery, SentCode
from parley.messenger.accounts.ports import CodeSender
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest, FloodWait, MessengerError
from parley.storage.database import Database


@dataclass(frozen=True, slots=True)
class Senders:
    """The ways of a code that the operator has; `development` sees every code besides."""

    sessions: CodeSender | None = None
    sms: CodeSender | None = None
    development: CodeSender | None = None


class Codes:
    """The newest code of each number. Whoever asks has worked out the number's index and the ways to its holder."""

    def __init__(self, db: Database, clock: Clock, secrets_: Secrets, senders: Senders) -> None:
        self._db = db
        self._clock = clock
        self._secrets = secrets_
        self.senders = senders

    def by_sms(self) -> list[CodeChannel]:
        """Give the way to the number itself, if the operator has one."""
        return [CodeChannel.SMS] if self.senders.sms or self.senders.development else []

    async def send(
        self,
        phone: str,
        index: bytes,
        account: AccountId | None,
        channels: Sequence[CodeChannel],
        resends: int = 0,
    ) -> SentCode:
        """Send a new code to a number on the first of `channels`; the code before is void.

        Raises:
            MessengerError: SEND_CODE_UNAVAILABLE (406), when there is no way.
            FloodWait: too many codes went to this number.
        """
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
        chosen = self.senders.sessions if channel is CodeChannel.SESSIONS else self.senders.sms
        return [way for way in (self.senders.development, chosen) if way is not None]

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

    async def current(self, index: bytes, code_hash: str, extra: timedelta = timedelta()) -> CodeRow:
        """Give a number's code that is still good, `extra` longer than codes are.

        Raises:
            BadRequest: PHONE_CODE_EXPIRED.
        """
        row = await code_store.read(self._db, index)
        if row is None or row.cancelled or not hmac.compare_digest(row.code_hash.encode(), code_hash.encode()):
            raise BadRequest("PHONE_CODE_EXPIRED")
        if row.expires_at + extra <= self._clock.now():
            raise BadRequest("PHONE_CODE_EXPIRED")
        return row

    async def check(self, index: bytes, code_hash: str, code: str) -> None:
        """Let the right code pass; every attempt counts.

        Raises:
            BadRequest: PHONE_CODE_EMPTY, PHONE_CODE_INVALID, PHONE_CODE_EXPIRED.
        """
        if not code:
            raise BadRequest("PHONE_CODE_EMPTY")
        row = await self.current(index, code_hash)
        if not await code_store.count_attempt(self._db, index, code_hash, rules.CODE_ATTEMPTS):
            raise BadRequest("PHONE_CODE_EXPIRED")
        shown = sealing.code_digest(self._secrets, code_hash, code)
        if not hmac.compare_digest(shown, row.digest):
            raise BadRequest("PHONE_CODE_INVALID")
