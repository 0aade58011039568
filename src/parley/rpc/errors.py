"""Turns the rooms' refusals into Telegram's error names and codes.

Messenger errors carry their Telegram name themselves; the others are mapped by class. Codes come from the table of
Telegram's errors; a name that is not in it is a fault of the program, which `mtproto` answers with an incident id.
"""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound, ParleyError
from parley.messenger.errors import MessengerError
from parley.mtproto.errors import RpcError
from parley.rpc.error_table import code_of
from parley.tl.errors import TlError

_BY_CLASS: tuple[tuple[type[ParleyError], int, str], ...] = (
    (NotFound, 400, "PEER_ID_INVALID"),
    (Forbidden, 403, "CHAT_WRITE_FORBIDDEN"),
    (Conflict, 400, "MSG_WAIT_FAILED"),
    (Invalid, 400, "INPUT_FETCH_ERROR"),
)


def to_rpc(error: ParleyError | TlError) -> RpcError:
    """Give the RPC error for a refusal of any room.

    Raises:
        LookupError: a room named an error that no client knows.
    """
    if isinstance(error, MessengerError):
        return RpcError(code_of(error.name, error.code), error.name)
    for kind, code, name in _BY_CLASS:
        if isinstance(error, kind):
            return RpcError(code, name)
    return RpcError(400, "INPUT_FETCH_ERROR")
