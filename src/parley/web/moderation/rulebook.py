"""The automatic rules with their measured record, and the switches over them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.safety.classify import store
from parley.safety.classify.model import RuleMode
from parley.safety.classify.rules import OVERTURN_CEILING, PRECISION_FLOOR, RECORD, STOP_AFTER
from parley.safety.errors import RuleRefused
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.moderation.desk import SafetyDesk
from parley.web.moderation.people import moderator
from parley.web.pages import render
from parley.web.sessions import require_role

_PATH = "/desk/moderation/rules"


class RulePages:
    """Shadow, enforce, off: every change with a reason, every change in the audit trail."""

    def __init__(self, desk: SafetyDesk) -> None:
        self._desk = desk

    @require_role("moderator", "admin")
    async def show(self, request: Request) -> Response:
        """All rules."""
        database = self._desk.database
        rules = [(r, await store.record(database, r.rule_id)) for r in await store.all_rules(database)]
        return render(
            request,
            "moderation/rules.html",
            rules=rules,
            modes=[m.value for m in RuleMode],
            enforcing=sum(r.mode is RuleMode.ENFORCE for r, _ in rules),
            counted=RECORD,
            least=STOP_AFTER,
            floor=PRECISION_FLOOR,
            ceiling=OVERTURN_CEILING,
        )

    @action
    @require_role("moderator", "admin")
    async def set_mode(self, request: Request) -> Response:
        """Switch one rule."""
        data = await request.form()
        mode, reason = text(data, "mode"), text(data, "reason", most=500)
        if mode not in set(RuleMode) or not reason:
            return redirect(request, _PATH, "Choose a mode and give a reason.", "bad")
        try:
            rule = await self._desk.rulebook.set_mode(
                moderator(request), request.path_params["rule_id"], RuleMode(mode), reason
            )
        except RuleRefused as refused:
            return redirect(request, _PATH, f"Not changed: {refused}.", "bad")
        return redirect(request, _PATH, f"“{rule.title}” is now in mode {rule.mode.value}.")

    @action
    @require_role("moderator", "admin")
    async def stop_all(self, request: Request) -> Response:
        """Put every enforcing rule back to shadow at once."""
        reason = text(await request.form(), "reason", most=500)
        if not reason:
            return redirect(request, _PATH, "Give a reason.", "bad")
        stopped = await self._desk.rulebook.stop_all(moderator(request), reason)
        return redirect(request, _PATH, f"{stopped} rules were stopped.")
