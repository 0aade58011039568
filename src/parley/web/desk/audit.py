"""Searching the audit trail: who decided, looked up or tried what, and when. Reading it is on the record too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.core.clock import Clock
from parley.staff.model import Role
from parley.storage import audit
from parley.storage.database import Database
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form
from parley.web.pages import render
from parley.web.parts import NavItem, Part
from parley.web.sessions import require_role, signed_in

_PATH = "/desk/audit"
_PAGE = 50
_LONGEST = 200
_READERS = (Role.ADMIN, Role.LEGAL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody searches for, and the place to page on from; an empty word asks for everything."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None

    @classmethod
    def of(cls, request: Request) -> Wanted:
        """Read the query; anything odd is left out."""
        words = {name: request.query_params.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
        words |= {name: words[name] if _day(words[name]) else "" for name in ("since", "until")}
        place = request.query_params.get("before", "")
        return cls(**words, before=int(place) if place.isascii() and place.isdigit() and len(place) < 18 else None)

    @property
    def words(self) -> dict[str, str]:
        """The filters that are set."""
        return {name: word for name in _FIELDS if (word := getattr(self, name))}

    @property
    def start(self) -> datetime | None:
        """The first moment of the first day that is asked for (UTC)."""
        return _day(self.since)

    @property
    def end(self) -> datetime | None:
        """The moment after the last day that is asked for (UTC)."""
        last = _day(self.until)
        return None if last is None else last + timedelta(days=1)

    def page(self, before: int | None) -> str:
        """The address of the same search from a place on."""
        query = urlencode(self.words | ({"before": str(before)} if before is not None else {}))
        return f"{_PATH}?{query}" if query else _PATH


_FIELDS = ("actor", "action", "subject", "since", "until")


def _day(text: str) -> datetime | None:
    """The beginning of a day as browsers send it, such as 2026-11-02; None for anything odd."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1970 <= day.year < 9999 else None


class AuditPages:
    """The trail, newest first."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @require_role(*_READERS)
    async def show(self, request: Request) -> Response:
        """Show what fits the filters; the look itself is recorded, so it appears in the next one."""
        wanted = Wanted.of(request)
        found = await audit.search(
            self._database,
            actor=wanted.actor or None,
            action=wanted.action or None,
            subject=wanted.subject or None,
            since=wanted.start,
            until=wanted.end,
            before=wanted.before,
            limit=_PAGE + 1,
        )
        await self._record(request, "audit.read", dict(wanted.words))
        return render(
            request,
            "desk/audit.html",
            entries=found[:_PAGE],
            wanted=wanted,
            form=Form(wanted.words),
            newest=wanted.page(None) if wanted.before is not None else None,
            older=wanted.page(found[_PAGE - 1].seq) if len(found) > _PAGE else None,
        )

    @action
    @require_role(*_READERS)
    async def verify(self, request: Request) -> Response:
        """Compute the whole chain anew and say whether it holds."""
        breach = await audit.first_breach(self._database)
        await self._record(request, "audit.verified", {"breach": breach})
        if breach is None:
            return redirect(request, _PATH, "The chain holds from the first entry to the newest.")
        return redirect(request, _PATH, f"Entry {breach} does not follow from the one before it.", "bad")

    async def _record(self, request: Request, what: str, detail: dict[str, audit.JSON]) -> None:
        await audit.record(self._database, self._clock.now(), signed_in(request).actor, what, "audit", detail)


def part(database: Database, clock: Clock) -> Part:
    """Build the part; `database` is that of the duty `staff`."""
    pages = AuditPages(database, clock)
    routes = (Route(_PATH, pages.show), Route(f"{_PATH}/verify", pages.verify, methods=["POST"]))
    readers = frozenset(role.value for role in _READERS)
    nav = (NavItem("desk", "Audit trail", _PATH, readers, "Who did what, and when.", order=810),)
    return Part("audit", routes, nav=nav)
