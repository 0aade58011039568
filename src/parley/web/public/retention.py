"""The page where a member has their addresses kept for a shorter time, by a link from the service account.

It knows no session, shows nothing of the account but a number of days, asks for no code, number or password, and
can only shorten. Opening it changes nothing, so that whatever looks at links in advance uses none up.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.core.errors import NotFound
from parley.messenger.accounts.retention import RetentionWishes
from parley.web.csrf import action
from parley.web.forms import Form
from parley.web.pages import render
from parley.web.parts import Door, Part

_OVER = (
    "This link does not serve any more: it works once, for ten minutes. Write /retention to the service account in"
    " your messenger, and it sends you another."
)


class LinkOver(NotFound):
    """The link was used, is too old, or never was one."""


class RetentionPage:
    """Shows what can be chosen and takes the choice."""

    def __init__(self, wishes: RetentionWishes) -> None:
        self._wishes = wishes

    async def show(self, request: Request) -> Response:
        """Show the days that are on offer."""
        return await self._page(request, Form())

    @action
    async def choose(self, request: Request) -> Response:
        """Shorten; from now on the link serves nobody."""
        form = await request.form()
        days = str(form.get("days", ""))
        if not (days.isascii() and days.isdigit() and len(days) < 4):
            return await self._page(request, Form.of(form, {"days": "Choose one of these."}), status=422)
        if not await self._wishes.use_link(request.path_params["token"], int(days)):
            raise LinkOver(_OVER)
        return render(request, "public/retention_done.html", days=int(days))

    async def _page(self, request: Request, form: Form, status: int = 200) -> Response:
        account = await self._wishes.of_link(request.path_params["token"])
        if account is None:
            raise LinkOver(_OVER)
        current = await self._wishes.current(account)
        offered = self._wishes.shorter_than(current)
        return render(
            request, "public/retention.html", status=status, form=form, current=current,
            options=[(str(days), f"{days} day" if days == 1 else f"{days} days") for days in offered],
        )  # fmt: skip


def part(wishes: RetentionWishes) -> Part:
    """Build the part; its path is what the service account's links name."""
    page = RetentionPage(wishes)
    routes = (
        Route("/retention/{token}", page.show),
        Route("/retention/{token}", page.choose, methods=["POST"]),
    )
    return Part("retention", routes, (Door("/retention", max_body=4 * 1024, burst=30, per_second=0.5),))
