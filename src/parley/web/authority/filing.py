"""Filing an order: the form with its signed PDF, then the officer's passkey signature over what was stated."""

from __future__ import annotations

import json

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from parley.core.errors import Forbidden, ParleyError
from parley.legal.orders.model import Draft
from parley.legal.orders.rules import MAX_PDF
from parley.legal.orders.service import Orders
from parley.web.authority.filing_form import (
    CATEGORIES,
    FIELDS,
    INSTRUMENTS,
    ROLES,
    errors_of,
    read_filing,
)
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form
from parley.web.pages import render
from parley.web.passkeys import PasskeyRefused, Passkeys, answered
from parley.web.sessions import require_officer, signed_in


class FilingPages:
    """The two pages of a filing."""

    def __init__(self, orders: Orders, passkeys: Passkeys) -> None:
        self._orders = orders
        self._passkeys = passkeys

    @require_officer()
    async def form(self, request: Request) -> Response:
        """Show the empty form."""
        return self._form(request, Form(), ())

    @action(files=1)
    @require_officer()
    async def draft(self, request: Request) -> Response:
        """Check the form and the PDF, and show what the passkey will sign."""
        data = await request.form()
        filing, errors = read_filing(data)
        chosen = tuple(str(name) for name in data.getlist("fields"))
        upload = data.get("document")
        if not isinstance(upload, UploadFile) or not upload.filename:
            errors["document"] = "Attach the signed order as a PDF."
        if filing is None or errors or not isinstance(upload, UploadFile):
            return self._form(request, Form.of(data, errors), chosen, status=422)
        content = await upload.read(MAX_PDF + 1)
        try:
            draft = await self._orders.draft(
                signed_in(request).subject, filing, upload.filename or "order.pdf", content
            )
        except Forbidden:
            raise
        except ParleyError as refused:
            return self._form(request, Form.of(data, errors_of(refused)), chosen, status=422)
        return self._sign(request, draft)

    @action
    @require_officer()
    async def options(self, request: Request) -> Response:
        """Give the browser the challenge: hash of the order and the recipient's key."""
        officer, draft_id = signed_in(request).subject, request.path_params["draft_id"]
        challenge = await self._orders.challenge(officer, draft_id)
        return JSONResponse(await self._passkeys.begin_signing(officer, challenge, f"filing {draft_id}"))

    @action
    @require_officer()
    async def file(self, request: Request) -> Response:
        """Take the signed order in."""
        officer, draft_id = signed_in(request).subject, request.path_params["draft_id"]
        data = await request.form()
        try:
            signed = await self._passkeys.finish_signing(officer, f"filing {draft_id}", *answered(data))
        except PasskeyRefused as refused:
            return redirect(request, "/authority/orders/new", f"The order was not filed: {refused}", "bad")
        order = await self._orders.file(officer, draft_id, signed.answer)
        return redirect(request, f"/authority/orders/{order.order_id}", f"Order {order.number} is filed.")

    def _form(self, request: Request, form: Form, chosen: tuple[str, ...], status: int = 200) -> Response:
        return render(
            request,
            "authority/file.html",
            status=status,
            form=form,
            chosen=chosen,
            instruments=INSTRUMENTS,
            roles=ROLES,
            fields=FIELDS,
            categories=[("", "Choose"), *CATEGORIES],
        )

    def _sign(self, request: Request, draft: Draft) -> Response:
        stated = json.loads(draft.order_document)
        return render(request, "authority/sign.html", draft=draft, stated=stated)
