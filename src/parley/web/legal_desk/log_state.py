"""How the public log stands, for the desk alone: what waits for a batch, who watches it, what is wrong."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.legal.translog.backlog import LogState
from parley.staff.model import Role
from parley.web.desk.home import Waiting
from parley.web.pages import render
from parley.web.parts import NavItem, Part
from parley.web.sessions import require_role

PATH = "/desk/log"
_READERS = (Role.ADMIN, Role.LEGAL)


class LogStatePage:
    """One page without any action: what is done about the log is done with `parley` on the server."""

    def __init__(self, state: LogState) -> None:
        self._state = state

    @require_role(*_READERS)
    async def show(self, request: Request) -> Response:
        """Show the state now."""
        return render(request, "legal_desk/log.html", state=await self._state.look())


def part(state: LogState) -> Part:
    """Build the part."""
    readers = frozenset(role.value for role in _READERS)
    nav = (NavItem("desk", "Public log", PATH, readers, "What waits, who watches, what is wrong.", order=330),)
    return Part("log state", (Route(PATH, LogStatePage(state).show),), nav=nav)


def waiting(state: LogState) -> tuple[Waiting, ...]:
    """Give the alarms to the desk's home page."""
    return (Waiting(PATH, state.alarm_count),)
