"""The start page: what this server is, its key, and code with which a client connects."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from parley.web.pages import Pages, render
from parley.web.parts import NavItem, Part
from parley.web.ports import Endpoint, ServerKey, VaultStatus


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code for one client, ready to copy."""

    title: str
    language: str
    code: str


_SNIPPETS = (
    ("Telethon", "Python", "snippets/telethon.py.jinja"),
    ("kurigram", "Python", "snippets/kurigram.py.jinja"),
    ("mtcute", "Node.js", "snippets/mtcute.mjs.jinja"),
)


def snippets(pages: Pages, key: ServerKey, endpoint: Endpoint) -> list[Snippet]:
    """Fill the snippets in for this server."""
    facts = {
        "host": endpoint.host,
        "port": endpoint.port,
        "pem": key.pem,
        "modulus": textwrap.wrap(f"{key.modulus:x}", 64),
        "exponent": key.exponent,
        "fingerprint": key.fingerprint,
    }
    return [Snippet(title, language, pages.text(name, **facts)) for title, language, name in _SNIPPETS]


class StartPage:
    """The front of the house."""

    def __init__(self, key: ServerKey, endpoint: Endpoint, vault: VaultStatus) -> None:
        self._key = key
        self._endpoint = endpoint
        self._vault = vault

    async def show(self, request: Request) -> Response:
        """Show the start page."""
        return render(
            request,
            "public/start.html",
            key=self._key,
            endpoint=self._endpoint,
            snippets=snippets(request.app.state.pages, self._key, self._endpoint),
            vault=await self._vault.status(),
        )

    async def key(self, request: Request) -> Response:
        """Give the key as a file."""
        return PlainTextResponse(self._key.pem + "\n", media_type="application/x-pem-file")


def part(key: ServerKey, endpoint: Endpoint, vault: VaultStatus) -> Part:
    """Build the start page's part."""
    page = StartPage(key, endpoint, vault)
    nav = (NavItem("public", "Start", "/", order=0),)
    return Part("start", (Route("/", page.show), Route("/server-key.pem", page.key)), nav=nav)
