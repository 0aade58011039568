"""The three ways of a sign-in code: development page, the operator's SMS gateway, the account's own sessions."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from parley.core.clock import Clock
from parley.messenger.accounts.model import CodeDelivery
from parley.messenger.accounts.ports import ServiceNotices
from parley.messenger.errors import BadRequest

if TYPE_CHECKING:
    import httpx

_KEPT_CODES = 500
_WEBHOOK_TIMEOUT_S = 10.0


class DevelopmentCodes:
    """Keeps the newest codes in memory for the development page; wired in development mode only."""

    def __init__(self) -> None:
        self._codes: OrderedDict[str, str] = OrderedDict()

    async def send(self, delivery: CodeDelivery) -> None:
        """Remember the code of a number, forgetting the oldest one."""
        self._codes[delivery.phone] = delivery.code
        self._codes.move_to_end(delivery.phone)
        while len(self._codes) > _KEPT_CODES:
            self._codes.popitem(last=False)

    def newest(self, phone: str) -> str | None:
        """Give the newest code of a number, however it is written."""
        return self._codes.get("".join(c for c in phone if c.isdigit()))

    def recent(self, limit: int = 20) -> list[tuple[str, str]]:
        """Give (number, code) pairs, the newest first."""
        return list(reversed(self._codes.items()))[:limit]


@dataclass(frozen=True, slots=True)
class FormerKey:
    """The key that the gateway may still have; it counts until `until` (None: until somebody takes it away)."""

    key: bytes = field(repr=False)
    until: datetime | None = None


class WebhookSender:
    """Posts the code to the operator's gateway, signed so that the gateway can tell who asks.

    The body is JSON `{"phone", "code", "expires_at"}`; `Parley-Timestamp` has Unix seconds and
    `Parley-Signature` the hexadecimal HMAC-SHA256 of timestamp, a dot and the body. While the key is being changed
    `Parley-Signature` stays under the former key, and `Parley-Signature-Next` is under the new one.
    """

    def __init__(
        self, url: str, secret: bytes, clock: Clock, client: httpx.AsyncClient, former: FormerKey | None = None
    ) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._client = client
        self._former = former

    async def send(self, delivery: CodeDelivery) -> None:
        """Hand the code to the gateway.

        Raises:
            BadRequest: SMS_CODE_CREATE_FAILED, when the gateway does not answer with success.
        """
        import httpx  # a quarter of a second that only servers with a gateway should spend

        content = {
            "phone": f"+{delivery.phone}",
            "code": delivery.code,
            "expires_at": int(delivery.expires_at.timestamp()),
        }
        body = json.dumps(content, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", **self._signatures(body)}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers, timeout=_WEBHOOK_TIMEOUT_S)
        except httpx.HTTPError:
            raise BadRequest("SMS_CODE_CREATE_FAILED") from None
        if not answer.is_success:
            raise BadRequest("SMS_CODE_CREATE_FAILED")

    def _signatures(self, body: bytes) -> dict[str, str]:
        now = self._clock.now()
        timestamp = str(int(now.timestamp()))
        new, former = sign(self._secret, timestamp, body), self._former
        if former is None or (former.until is not None and now >= former.until):
            return {"Parley-Timestamp": timestamp, "Parley-Signature": new}
        old = sign(former.key, timestamp, body)
        return {"Parley-Timestamp": timestamp, "Parley-Signature": old, "Parley-Signature-Next": new}


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Give the signature that a gateway compares (constant-time) before it sends anything."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class SessionSender:
    """Writes the code into the account's chat with the service account, which its other devices show."""

    def __init__(self, notices: ServiceNotices) -> None:
        self._notices = notices

    async def send(self, delivery: CodeDelivery) -> None:
        """Send the code as a service message; does nothing for a number without an account."""
        if delivery.account_id is not None:
            await self._notices.send(delivery.account_id, login_message(delivery.code))


def login_message(code: str) -> str:
    """Word the service message that carries a code."""
    return (
        f"Login code: {code}\n\nSomebody, hopefully you, is signing in to your account on another device. "
        "Type this code there and give it to nobody: nobody who works for this server will ever ask for it.\n\n"
        "If it was not you, ignore this message and look through your list of devices."
    )
