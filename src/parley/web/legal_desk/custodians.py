"""The custodians as the desk sees them: who holds keys, who is invited, and what would be lost without somebody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import CustodianId
from parley.legal.disclosure.directory import fingerprints
from parley.legal.disclosure.door import CustodianDoor
from parley.legal.vault.model import CustodianStatus, EnrolmentToken
from parley.legal.vault.service import Vault
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.sessions import require_role, signed_in

_PATH = "/desk/custodians"


class CustodianPages:
    """Invite custodians and let them go; opening anything happens on their own machines alone."""

    def __init__(self, vault: Vault, door: CustodianDoor) -> None:
        self._vault = vault
        self._door = door

    @require_role(Role.ADMIN, Role.LEGAL)
    async def show(self, request: Request) -> Response:
        """List everybody who is or was a custodian."""
        return await self._page(request, Form())

    @action
    @require_role(Role.ADMIN)
    async def invite(self, request: Request) -> Response:
        """Make a one-time token and show it once."""
        data = await request.form()
        name = text(data, "name", most=64)
        if not name:
            return await self._page(request, Form.of(data, {"name": "Say who is invited."}), status=422)
        return await self._page(request, Form(), await self._vault.issue_token(name, signed_in(request).actor))

    @action
    @require_role(Role.ADMIN)
    async def remove(self, request: Request) -> Response:
        """Wrap no further keys for a custodian."""
        custodian = CustodianId(request.path_params["custodian_id"])
        gone = await self._vault.remove_custodian(custodian, signed_in(request).actor)
        return redirect(request, _PATH, f"No further keys are wrapped for {gone.name}.")

    async def _page(
        self, request: Request, form: Form, invitation: EnrolmentToken | None = None, status: int = 200
    ) -> Response:
        custodians = await self._vault.custodians()
        active = [c for c in custodians if c.status is CustodianStatus.ACTIVE]
        lost = {c.custodian_id: await self._vault.unopenable_without(c.custodian_id) for c in active}
        return render(
            request,
            "legal_desk/custodians.html",
            status=status,
            custodians=custodians,
            lost=lost,
            fingerprints=list(fingerprints(await self._door.listed())),
            vault=await self._vault.status(),
            form=form,
            invitation=invitation,
            may_change=Role.ADMIN in signed_in(request).roles,
        )
