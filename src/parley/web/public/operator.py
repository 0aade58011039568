"""Who answers for this server, as the operator stated it at set-up: which law holds hangs on it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.web.pages import render
from parley.web.parts import Part


async def show(request: Request) -> Response:
    """Show the operator's statement; what it leaves out is said to be missing."""
    return render(request, "public/operator.html")


def part() -> Part:
    """Build the operator's part."""
    return Part("operator", (Route("/operator", show),))
