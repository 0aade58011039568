"""What the fan-out needs: sessions that it pushes to, what they understand, who belongs to which channel."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

from parley.core.ids import AccountId, BoxId, ChannelId


class Listener(Protocol):
    """One session that hears of events. It is bounded: what does not fit is its own to collapse."""

    @property
    def unique_id(self) -> int:
        """Tells this session from every other of the process."""
        ...

    @property
    def layer(self) -> int:
        """The client's layer."""
        ...

    @property
    def wants_updates(self) -> bool:
        """Whether it takes updates at all."""
        ...

    def push(self, body: bytes) -> bool:
        """Queue encoded bytes; False when it was full. Never waits."""
        ...


class Encoder(Protocol):
    """Turns events into bytes that a client understands."""

    def views(self, box: BoxId, what: Sequence[object]) -> Callable[[AccountId, int], Hashable]:
        """How an account in a layer sees what is told: equal views get equal bytes and are encoded once."""
        ...

    async def encode(self, box: BoxId, what: Sequence[object], account: AccountId, layer: int) -> bytes | None:
        """The bytes of one view, or None when this view has nothing to hear."""
        ...

    def too_long(self, channel: ChannelId, pts: int, layer: int) -> bytes:
        """The hint that a channel has moved on (`updateChannelTooLong`)."""
        ...


class Memberships(Protocol):
    """Which channels an account belongs to."""

    async def of_account(self, account: AccountId) -> Sequence[ChannelId]:
        """From a cache."""
        ...
