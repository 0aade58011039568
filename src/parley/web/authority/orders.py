"""An officer's orders and sealed deliveries; those of others answer as if they did not exist."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import OfficerId, OrderId
from parley.legal.authorities.service import Authorities
from parley.legal.disclosure.errors import DeliveryGone, DeliveryInvalid
from parley.legal.disclosure.handover import Handover
from parley.legal.orders.service import Orders
from parley.staff.model import Realm
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.pages import render
from parley.web.sessions import Person, find_person, require_officer, signed_in


class OrderPages:
    """The portal's home, an order, and what was delivered."""

    def __init__(self, authorities: Authorities, orders: Orders, handover: Handover) -> None:
        self._authorities = authorities
        self._orders = orders
        self._handover = handover

    async def home(self, request: Request) -> Response:
        """Show the officer's orders, or what the portal is to somebody who is not signed in."""
        person = await find_person(request, Realm.OFFICER)
        if person is None:
            return render(request, "authority/welcome.html")
        return await self._home(request, person)

    async def _home(self, request: Request, person: Person) -> Response:
        officer, authority = await self._authorities.who_may_file(person.subject)
        orders, deliveries = await asyncio.gather(
            self._orders.filed_by(person.subject), self._handover.for_officer(officer.officer_id)
        )
        waiting = [d for d in deliveries if d.acknowledged_at is None and d.wiped_at is None]
        return render(
            request,
            "authority/home.html",
            officer=officer,
            authority=authority,
            orders=orders,
            waiting=waiting,
        )

    @require_officer()
    async def show(self, request: Request) -> Response:
        """Show one of the officer's orders with its state and deliveries."""
        order_id = OrderId(request.path_params["order_id"])
        order = await self._orders.of_officer(signed_in(request).subject, order_id)
        tasks, deliveries = await asyncio.gather(self._orders.tasks(order_id), self._handover.of_order(order_id))
        return render(request, "authority/order.html", order=order, tasks=tasks, deliveries=deliveries)

    @action
    @require_officer()
    async def download(self, request: Request) -> Response:
        """Give the age file; it can be opened with the officer's own key only."""
        delivery_id = request.path_params["delivery_id"]
        try:
            content = await self._handover.download(delivery_id, OfficerId(signed_in(request).subject))
        except DeliveryGone as gone:
            return redirect(request, "/authority", str(gone), "bad")
        name = f'attachment; filename="delivery-{delivery_id}.zip.age"'
        return Response(content, media_type="application/octet-stream", headers={"content-disposition": name})

    @action
    @require_officer()
    async def acknowledge(self, request: Request) -> Response:
        """Take the officer's word on what became of a delivery."""
        delivery_id, officer = request.path_params["delivery_id"], OfficerId(signed_in(request).subject)
        status = text(await request.form(), "status")
        try:
            delivery = await self._handover.acknowledge(delivery_id, officer, status)
        except DeliveryInvalid as refused:
            return redirect(request, "/authority", str(refused), "bad")
        return redirect(request, f"/authority/orders/{delivery.order_id}", "Thank you, that is noted.")
