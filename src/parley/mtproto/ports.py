"""What MTProto needs from the rooms above it: a place for keys, someone who answers calls, and observers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.ids import AuthKeyId

if TYPE_CHECKING:
    from parley.mtproto.session import Session


class KeyStore(Protocol):
    """Durable authorization keys. Every write is durable when the method returns."""

    async def load(self, auth_key_id: AuthKeyId) -> AuthKey | None:
        """Give a key, or None where there is none (expired temporary keys may be gone)."""
        ...

    async def save(self, key: AuthKey) -> bool:
        """Keep a new key; False, and no change, when its id is taken."""
        ...

    async def delete(self, auth_key_id: AuthKeyId) -> None:
        """Forget a key and every temporary key that is bound to it."""
        ...

    async def bind(self, temporary: AuthKeyId, permanent: AuthKeyId, expires_at: int) -> None:
        """Let a temporary key act for a permanent one until `expires_at`.

        Several may act for one permanent key at a time: clients bind one for each kind of connection.
        """
        ...

    async def remember_client(self, auth_key_id: AuthKeyId, layer: int, client: ClientInfo | None) -> None:
        """Keep the newest layer of a key and, where given, what its client says of itself."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One decoded method call.

    `auth_key_id` is the permanent key's id once a temporary key is bound; `bound` is False only for calls on
    a temporary key that is not. `msg_id` together with the account makes a call's identity across restarts.
    """

    function: Any
    layer: int
    auth_key_id: AuthKeyId
    bound: bool
    session: Session
    msg_id: int
    without_updates: bool
    client: ClientInfo
    address: tuple[str, int]
    test_mode: bool = False
    takeout_id: int | None = None
    business_connection_id: str | None = None
    messages_range: tuple[int, int] | None = None


#: Answers a call with a TL object or a value of the method's return type; refuses with `errors.RpcError`.
CallHandler = Callable[[Call], Awaitable[object]]


class SessionObserver(Protocol):
    """Hears what happens to sessions; called on the event loop, must not block and must not raise."""

    def opened(self, session: Session) -> None:
        """A session was created, or came back to life after a restart of the server."""
        ...

    def closed(self, session: Session) -> None:
        """A session was destroyed or has expired; nothing can be pushed to it any more."""
        ...

    def bound(self, session: Session, permanent: AuthKeyId) -> None:
        """The session's temporary key now acts for `permanent`."""
        ...

    def layer_changed(self, session: Session) -> None:
        """The session speaks another layer from now on."""
        ...

    def overflowed(self, session: Session) -> None:
        """Pushes were dropped; the updates room should push one "too long" in their place."""
        ...


class LayerCodec(Protocol):
    """Decoder and encoder of one layer, as `parley.tl.layers` has them."""

    def decode_call(self, data: bytes) -> Any:
        """Decode a call into the canonical model."""
        ...

    def encode_result(self, function: Any, value: Any) -> bytes:
        """Encode a value of the function's return type."""
        ...
