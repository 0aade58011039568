"""The HTTP port of a process: the socket, the address that people know it by, and the server on it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from parley.core.settings import Settings
from parley.core.tasks import Supervisor

Address = tuple[str, int]


def listen(host: str, port: int) -> socket.socket:
    """Take a port; nothing is accepted yet.

    Raises:
        OSError: the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host.strip("[]"), port))
    listener.setblocking(False)
    return listener


def address_of(listener: socket.socket) -> Address:
    """The address that a socket took."""
    host, port = listener.getsockname()[:2]
    return str(host), int(port)


def shown(address: Address) -> str:
    """An address as `HOST:PORT`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
