"""The messenger's refusals, each named after the Telegram error that it becomes at the edge.

A new refusal is one name of `rpc/error_codes.tsv`; the codes that it lists go before the one that a class has here.
"""

from __future__ import annotations

from parley.core.errors import ParleyError


class MessengerError(ParleyError):
    """A refusal with Telegram's name (such as `PEER_ID_INVALID`) and HTTP-like code."""

    code = 400
    name = "BAD_REQUEST"

    def __init__(self, name: str | None = None, code: int | None = None) -> None:
        self.name = name or type(self).name
        self.code = code or type(self).code
        super().__init__(self.name)


class BadRequest(MessengerError):
    """400: the input is wrong; the name says which part."""


class Unauthorized(MessengerError):
    """401: the authorization key has no account, or its session was ended."""

    code = 401
    name = "AUTH_KEY_UNREGISTERED"


class Forbidden(MessengerError):
    """403: the account may not do this."""

    code = 403
    name = "CHAT_WRITE_FORBIDDEN"


class FloodWait(MessengerError):
    """420: too many calls of this kind; `seconds` says when to try again."""

    code = 420

    def __init__(self, seconds: int) -> None:
        self.seconds = max(1, seconds)
        super().__init__(f"FLOOD_WAIT_{self.seconds}", 420)
