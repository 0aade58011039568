"""What a server, or a part of one, is once it does its work: what it says of itself, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from parley.app.wiring.clients import Clients
from parley.app.wiring.doors import Door, WebServer
from parley.core.listening import shown


@dataclass(frozen=True, slots=True)
class RunningPart:
    """A server, or a part of one, that does its work. `ready` is what the ready line says after its first word."""

    ready: str
    ending: Callable[[], Awaitable[None]]

    async def stop(self) -> None:
        """Accept nothing more, finish what was accepted, write what is queued."""
        await self.ending()


def running_clients(clients: Clients, http: WebServer, door: Door) -> RunningPart:
    """What serves clients, with pages beside them: no page is begun while calls are finished."""

    async def stop() -> None:
        http.server.should_exit = True
        await clients.stop()
        await http.stop()

    return RunningPart(f"mtproto={shown(clients.methods.address)} http=http://{shown(door.address)}", stop)


def running_pages(http: WebServer, door: Door) -> RunningPart:
    """What serves pages alone."""
    return RunningPart(f"http=http://{shown(door.address)}", http.stop)
