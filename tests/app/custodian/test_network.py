"""A custodian's machine talks to one server: the tool opens no other connection, whatever it is told."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Route

from tests.legal_world import served


@contextmanager
def recorded(monkeypatch):
    """Every address that this process connects to or looks up meanwhile."""
    reached: set[tuple[str, int]] = set()
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connecting(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            reached.add((address[0], address[1]))
        return connect(self, address)

    def looking_up(host, port, *arguments, **named):
        reached.add((host, int(port)))
        return look_up(host, port, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", connecting)
        patched.setattr(socket, "getaddrinfo", looking_up)
        yield reached


def place(url):
    parts = urlsplit(url)
    return parts.hostname, parts.port


async def test_every_step_reaches_the_pinned_server_and_nobody_else(world, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with recorded(monkeypatch) as reached:
        ada, ben = await world.custodians("ada", "ben")
        await world.asked_for()
        for step in ("open --dry-run", "open", "policy 1", "rotate", "show", "cosign"):
            for machine in (ben, ada):
                assert await machine.run(*step.split()) in (0, 5), machine.screen.text
    assert reached == {place(world.url)}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_server_that_sends_the_tool_elsewhere_is_not_followed(world, monkeypatch, tmp_path, status):
    async def elsewhere(request):
        return RedirectResponse(f"{world.url}{request.url.path}", status_code=status)

    ada = await world.enrol("ada")
    ada.key_file = tmp_path / "other"
    async with served(Starlette(routes=[Route("/{path:path}", elsewhere, methods=["GET", "POST"])])) as url:
        with recorded(monkeypatch) as reached:
            assert await ada.run("enrol", url, "--token", "x") == 6
    assert reached == {place(url)}
