"""The custodians as the desk sees them: who holds keys, who is invited, and what would be lost without somebody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import CustodianId
from parley.legal.disclosure.directory import fingerprints
from parley.legal.disclosure.door import CustodianDoor
from parley.legal.vault import losses
from parley.legal.vault.model import CustodianStatus, EnrolmentToken
from parley.legal.vault.service import Vault
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.sessions import require_role, signed_in

_PATH = "/desk/custodians"
#: The two ways in which a custodian goes.
WAYS = (
    (
        "leave",
        "They leave: no new days are wrapped for them; they open and move older days until nothing needs them.",
    ),
    ("now", "At once: they open nothing any more. For a key that is lost or in wrong hands."),
)


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

    @require_role(Role.ADMIN)
    async def removal(self, request: Request) -> Response:
        """Show what would be lost without a custodian, before anybody lets them go."""
        return await self._removal(request, Form())

    @action
    @require_role(Role.ADMIN)
    async def remove(self, request: Request) -> Response:
        """Let a custodian leave, or end their part at once."""
        data = await request.form()
        custodian, actor = _custodian(request), signed_in(request).actor
        why, how = text(data, "why", most=1000), text(data, "how")
        errors = {}
        if not why:
            errors["why"] = "Say why; it goes into the audit trail."
        if how not in dict(WAYS):
            errors["how"] = "Choose one."
        if not text(data, "sure"):
            errors["sure"] = "Confirm that you have read what would be lost."
        if errors:
            return await self._removal(request, Form.of(data, errors), status=422)
        if how == "leave":
            gone = await self._vault.let_go(custodian, actor, why)
            return redirect(
                request, _PATH, f"No further keys are wrapped for {gone.name}. They still open older days."
            )
        gone = await self._vault.remove_custodian(custodian, actor, why)
        return redirect(request, _PATH, f"{gone.name} is no custodian any more.")

    async def _removal(self, request: Request, form: Form, status: int = 200) -> Response:
        custodian = await self._vault.custodian(_custodian(request))
        counted = await self._vault.tallies.outlook()
        return render(
            request,
            "legal_desk/remove_custodian.html",
            status=status,
            one=custodian,
            loss=counted.outlook.of(custodian),
            together=[two for two in counted.outlook.together if custodian in two.gone],
            counted_at=counted.counted_at,
            leaving=custodian.status is CustodianStatus.LEAVING,
            others=[c for c in losses.serving(await self._vault.custodians()) if c != custodian],
            ways=[way for way in WAYS if way[0] == "now" or custodian.status is CustodianStatus.ACTIVE],
            form=form,
        )

    async def _page(
        self, request: Request, form: Form, invitation: EnrolmentToken | None = None, status: int = 200
    ) -> Response:
        counted = await self._vault.tallies.outlook()
        return render(
            request,
            "legal_desk/custodians.html",
            status=status,
            custodians=await self._vault.custodians(),
            outlook=counted.outlook,
            counted_at=counted.counted_at,
            fingerprints=list(fingerprints(await self._door.listed())),
            vault=await self._vault.status(),
            form=form,
            invitation=invitation,
            may_change=Role.ADMIN in signed_in(request).roles,
        )


def _custodian(request: Request) -> CustodianId:
    return CustodianId(request.path_params["custodian_id"])
