"""How every action on an order ends: back at its section of the order's page, with what was done or why not."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import NotFound, ParleyError
from parley.core.ids import OrderId
from parley.web.flash import redirect
from parley.web.legal_desk.orders import PATH


def order_of(request: Request) -> OrderId:
    """The order that the address names."""
    return OrderId(request.path_params["order_id"])


def back(request: Request, section: str, said: str, tone: str = "good") -> Response:
    """Lead back to a section of the order's page, with a message."""
    return redirect(request, f"{PATH}/{order_of(request)}#{section}", said, tone)


async def take(request: Request, section: str, step: Awaitable[object], said: str, about: str = "") -> Response:
    """Take one step and say so, or say why it was refused; `about` stands before the reason.

    Raises:
        NotFound: there is nothing of that name.
    """
    try:
        await step
    except NotFound:
        raise
    except ParleyError as refused:
        return back(request, section, f"{about}{refused}", "bad")
    return back(request, section, said)
