"""Orders at the desk: the list, one order with everything about it, its document."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import OrderId
from parley.legal.analysis.model import Answer
from parley.legal.disclosure.model import Release, ReleaseState
from parley.legal.orders.model import Order, Result
from parley.staff.model import Role
from parley.storage import audit
from parley.web.forms import Form
from parley.web.legal_desk.services import LegalServices
from parley.web.pages import render
from parley.web.sessions import Person, require_role, signed_in

PATH = "/desk/orders"
_PAGE = 30
_READERS = (Role.LEGAL, Role.COUNCIL)
ANSWERS = (
    (Answer.PASS.value, "yes, passed"),
    (Answer.FAIL.value, "no, failed"),
    (Answer.NEEDS_INFO.value, "needs information"),
    (Answer.NOT_APPLICABLE.value, "does not apply"),
)
RESULTS = (
    (Result.DISCLOSE.value, "Disclose what was asked for"),
    (Result.DISCLOSE_PARTIAL.value, "Disclose less than was asked for"),
    (Result.REFUSE.value, "Refuse"),
    (Result.REFER_MLAT.value, "Refer to mutual legal assistance"),
    (Result.FORM3.value, "Form 3: a ground that EU law names"),
)
FORM3 = (
    ("", "none"),
    ("immunity_or_press", "immunity or press"),
    ("incomplete", "incomplete"),
    ("manifest_error", "manifest error"),
    ("impossible", "impossible"),
    ("not_stored", "not stored"),
    ("not_covered", "not covered"),
    ("not_validated", "not validated"),
    ("third_country_conflict", "conflict with another country's law"),
    ("other", "other"),
)


class OrderDesk:
    """What legal staff read about orders."""

    def __init__(self, services: LegalServices) -> None:
        self._services = services

    @require_role(*_READERS)
    async def index(self, request: Request) -> Response:
        """List orders, the most urgent first; the look is on the record."""
        open_only = request.query_params.get("all") is None
        page = _page_number(request)
        orders = await self._services.orders.all(open_only=open_only, limit=_PAGE + 1, offset=page * _PAGE)
        authorities = {a.authority_id: a for a in await self._services.authorities.all()}
        await self._services.orders.looked_at(signed_in(request).actor)
        extra = "" if open_only else "all=1&"
        return render(
            request,
            "legal_desk/orders.html",
            orders=orders[:_PAGE],
            authorities=authorities,
            open_only=open_only,
            newer=f"{PATH}?{extra}page={page - 1}" if page else None,
            older=f"{PATH}?{extra}page={page + 1}" if len(orders) > _PAGE else None,
        )

    @require_role(*_READERS)
    async def show(self, request: Request) -> Response:
        """Show an order with its checks, decisions, releases and notices."""
        return await self.page(request, request.path_params["order_id"], Form())

    @require_role(*_READERS)
    async def document(self, request: Request) -> Response:
        """Give the order's PDF as a download; each look is on the record."""
        order_id = request.path_params["order_id"]
        order = await self._services.orders.get(order_id)
        content = await self._services.orders.document(order_id, signed_in(request).actor)
        name = f'attachment; filename="order-{order.number}.pdf"'
        headers = {"content-disposition": name, "content-security-policy": "sandbox"}
        return Response(content, media_type="application/pdf", headers=headers)

    async def page(self, request: Request, order_id: str, form: Form, status: int = 200) -> Response:
        """Show an order, with what was typed and refused in `form`; each look is on the record."""
        order = await self._services.orders.get(order_id)
        await self._services.orders.looked_at(signed_in(request).actor, order_id)
        context = await self._context(order, signed_in(request))
        return render(request, "legal_desk/order.html", status=status, order=order, form=form, **context)

    async def waiting(self) -> int:
        """Count open orders, for the desk's home page."""
        return len(await self._services.orders.all(open_only=True, limit=1000))

    async def _context(self, order: Order, person: Person) -> dict[str, Any]:
        own = self._services
        oid = OrderId(order.order_id)
        authority, officer, tasks, views, assessment, channel = await asyncio.gather(
            own.authorities.get(order.authority_id),
            own.authorities.officer(order.officer_id),
            own.orders.tasks(oid),
            own.analysis.views(oid),
            own.analysis.assessment(oid),
            own.analysis.channel(oid),
        )
        decisions, releases, deliveries, reasons, trail = await asyncio.gather(
            own.decisions.of_order(oid),
            own.releases.of_order(oid),
            own.handover.of_order(oid),
            own.decisions.drafted_reasons(oid),
            audit.search(own.database, subject=oid, without="order.read", limit=200),
        )
        notices, case, gag = await asyncio.gather(
            own.notices.of_order(oid), own.notices.case_of(oid), own.notices.gags.of_order(oid)
        )
        preserved, ends, later = await asyncio.gather(
            own.preservations.of_order(oid), own.preservations.ends(oid), own.emergencies.of_order(oid)
        )
        came_as = None if later is None or later.came_as is None else await own.orders.get(later.came_as)
        prospects = {release.release_id: await own.givings_up.prospects(release) for release in releases}
        return {
            "authority": authority,
            "officer": officer,
            "tasks": tasks,
            "views": views,
            "assessment": assessment,
            "channel": channel,
            "decisions": decisions,
            "active": next((d for d in reversed(decisions) if d.withdrawn_at is None), None),
            "releases": releases,
            "to_sign": [r for r in releases if _may_sign(r, person)],
            "deliveries": deliveries,
            "notices": notices,
            "later": later,
            "came_as": came_as,
            "case": case,
            "gag": gag,
            "prospects": prospects,
            "preserved": preserved,
            "ends": ends,
            "reasons": reasons,
            "trail": trail,
            "answers": ANSWERS,
            "results": RESULTS,
            "form3": FORM3,
            "may_act": Role.LEGAL in person.roles,
        }


def _may_sign(release: Release, person: Person) -> bool:
    signed = {approval.staff_id for approval in release.approvals}
    return release.state is ReleaseState.PREPARED and person.subject not in signed


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "0")
    return min(int(text), 10_000) if text.isdigit() and len(text) < 6 else 0
