"""The page for people who want to check the public log: what they can check, how, and a receipt here and now."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.legal.reporting.countries import name_of
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.receipt_check import Finding, Outcome, ReceiptCheck
from parley.web.csrf import action
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.parts import KIB, Door, Part
from parley.web.site import Site

PATH = "/transparency/check"
#: Larger than any receipt: an opening of 4 KiB, a proof of 63 hashes and a note with a dozen cosignatures.
_MOST = 32 * KIB

_STAGES = {
    Stage.RECEIVED: "A request came in.",
    Stage.VERIFIED: "Who sent the request was verified.",
    Stage.DECIDED: "Two people decided about the request.",
    Stage.DISCLOSED: "Data was given to the authority.",
    Stage.NOTIFIED: "The person was told.",
    Stage.CLOSED: "The request was closed.",
    Stage.FAKE: "The request was found to be a fake.",
    Stage.PRESERVED: "Data was preserved for the authority; nothing was given.",
    Stage.REGISTRY: "A register changed.",
    Stage.RULES: "A table of rules changed.",
    Stage.AUDIT_HEAD: "The state of the internal audit trail.",
    Stage.PADDING: "Nothing: an empty entry that hides how many others there are.",
}
_WORDS = {
    "result": ("Decision", {
        "disclose": "give the data", "disclose_partial": "give a part of the data", "form3": "refuse, with grounds",
        "refuse": "refuse", "refer_mlat": "refer to legal assistance between states",
    }),
    "outcome": ("What came of it", {
        "full": "everything that was asked for", "partial": "a part", "none_held": "no data was held",
        "refused": "refused", "withdrawn": "withdrawn", "referred": "referred",
    }),
    "notice": ("The person was told", {"before": "before data was given", "after": "afterwards"}),
}  # fmt: skip
_FIELDS = {"phone": "phone number", "ip": "IP addresses", "port": "ports", "ip_time": "times of use"}


class CheckPage:
    """Explains, and checks a receipt that somebody pastes or uploads; what is sent is not kept."""

    def __init__(self, check: ReceiptCheck) -> None:
        self._check = check

    async def show(self, request: Request) -> Response:
        """Show the page."""
        return self._page(request, Form())

    @action(files=1)
    async def answer(self, request: Request) -> Response:
        """Check a receipt and say plainly what came of it."""
        data = await request.form()
        upload = data.get("file")
        pasted = text(data, "receipt", most=_MOST)
        given = await upload.read(_MOST + 1) if isinstance(upload, UploadFile) and upload.filename else b""
        raw = given or pasted.encode()
        if not raw:
            missing = {"receipt": "Paste a receipt, or choose its file."}
            return self._page(request, Form.of(data, missing), status=422)
        if len(raw) > _MOST:
            return self._page(request, Form(errors={"file": "This is too large for a receipt."}), status=422)
        finding = await self._check.check(raw)
        return self._page(request, Form.of(data), finding)

    def _page(self, request: Request, form: Form, finding: Finding | None = None, status: int = 200) -> Response:
        site: Site = request.app.state.site
        facts = [] if finding is None or finding.receipt is None else describe(finding.receipt.opening)
        return render(
            request,
            "public/check.html",
            status=status,
            form=form,
            finding=finding,
            outcomes=Outcome,
            facts=facts,
            log_url=f"{site.origin}/transparency/log",
            server=site.origin,
        )


def describe(opening: Opening) -> list[tuple[str, str]]:
    """Say in plain words what an entry says."""
    facts = [("What happened", _STAGES[opening.stage])]
    if opening.country is not None:
        facts.append(("Country that asked", name_of(opening.country)))
    for name in ("instrument", "authority_kind", "statement_category"):
        value = getattr(opening, name)
        if value is not None:
            label = {"instrument": "Kind of request", "authority_kind": "Kind of authority"}.get(name, "Offence")
            facts.append((label, value.replace("_", " ").lower()))
    for name, (label, words) in _WORDS.items():
        value = getattr(opening, name)
        if value is not None:
            facts.append((label, words[value]))
    if opening.users is not None:
        facts.append(("People concerned", str(opening.users)))
    if opening.fields is not None:
        facts.append(("Data", ", ".join(_FIELDS[item] for item in opening.fields) or "none"))
    return facts


def part(check: ReceiptCheck) -> Part:
    """Build the part."""
    page = CheckPage(check)
    routes = (Route(PATH, page.show), Route(PATH, page.answer, methods=["POST"]))
    door = Door(PATH, max_body=4 * _MOST, burst=30, per_second=0.5, methods=frozenset({"POST"}))
    return Part("receipt check", routes, (door,))
