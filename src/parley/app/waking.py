"""Says to another part that something waits for it, so that it looks at once instead of at its next beat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parley.core.parts import Part
from parley.storage.bus import Bus

_SUBJECT = "wake"


async def wake(bus: Bus, part: Part) -> None:
    """Wake a part; when nobody hears it, that part looks a moment later by itself."""
    await bus.publish(f"{_SUBJECT}.{part}", b"")


async def on_wake(bus: Bus, part: Part, look: Callable[[], Awaitable[object]]) -> None:
    """Call `look` whenever this part is woken."""

    async def woken(subject: str, payload: bytes) -> None:
        await look()

    await bus.subscribe(f"{_SUBJECT}.{part}", woken)


class ToldSealers:
    """Fills the vault's port `NewSealers` where the addresses are sealed by another part."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def refresh(self) -> None:
        """See the port."""
        await wake(self._bus, Part.MTPROTO)
