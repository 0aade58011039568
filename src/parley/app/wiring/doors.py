"""The HTTP port of a process: the socket, the address that people know it by, and the server on it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from parley.core.listening import Address, address_of, listen
from parley.core.settings import Settings
from parley.core.tasks import Supervisor


@dataclass(frozen=True, slots=True)
class Door:
    """An HTTP port that was taken; nothing is accepted yet. `origin` is the base of links to it."""

    listener: socket.socket
    address: Address
    origin: str


def open_door(settings: Settings, own_url: str | None = None) -> Door:
    """Take the HTTP port of the settings.

    Raises:
        OSError: the port cannot be used.
    """
    listener = listen(settings.host, settings.http_port)
    address = address_of(listener)
    return Door(listener, address, origin_of(settings, address, own_url))


def origin_of(settings: Settings, address: Address, own_url: str | None = None) -> str:
    """The base of links: a part's own URL, the public one, or `localhost` with the port that was taken."""
    url = own_url or settings.public_url
    return url.rstrip("/") if url else f"http://localhost:{address[1]}"


@dataclass(slots=True)
class WebServer:
    """An HTTP server that accepts."""

    server: uvicorn.Server
    serving: asyncio.Task[None]

    async def stop(self) -> None:
        """Accept nothing more and finish what was accepted, within ten seconds."""
        self.server.should_exit = True
        await asyncio.wait([self.serving], timeout=10)


async def serve(supervisor: Supervisor, listener: socket.socket, application: Starlette) -> WebServer:
    """Serve an application; comes back once it accepts."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
        ws_max_size=2 * 1024 * 1024,
    )
    server = _QuietServer(config)
    task = supervisor.once("http", server.serve([listener]))
    while not server.started and not task.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.005)
    return WebServer(server, task)


class _QuietServer(uvicorn.Server):
    """Leaves signals to the process that it runs in."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield
