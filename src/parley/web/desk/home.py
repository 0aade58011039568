"""The desk's home: what a person may do here, and how much of it waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from parley.web.pages import Pages, render
from parley.web.sessions import require_role, signed_in


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts what waits behind the link `path`, such as open cases."""

    path: str
    count: Callable[[], Awaitable[int]]


class Home:
    """The first page after sign-in."""

    def __init__(self, waiting: tuple[Waiting, ...]) -> None:
        self._waiting = waiting

    @require_role()
    async def show(self, request: Request) -> Response:
        """Show the links that the person may use, with what waits behind them."""
        pages: Pages = request.app.state.pages
        person = signed_in(request)
        tiles = [item for item in pages.nav("desk", person.roles) if item.path != "/desk"]
        shown = {item.path for item in tiles}
        counts = {w.path: await w.count() for w in self._waiting if w.path in shown}
        return render(request, "desk/home.html", tiles=tiles, counts=counts)
