"""Puts the moderation pages together."""

from __future__ import annotations

from starlette.routing import Route

from parley.safety.appeals import store as appeal_store
from parley.safety.policies import Queue
from parley.safety.review import store
from parley.web.desk.home import Waiting
from parley.web.moderation.appeals import AppealPages, PublicAppeal
from parley.web.moderation.cases import CasePages
from parley.web.moderation.desk import SafetyDesk
from parley.web.moderation.notices import NoticePages
from parley.web.moderation.overview import OverviewPages
from parley.web.moderation.quality import QualityPages
from parley.web.moderation.rulebook import RulePages
from parley.web.parts import Door, NavItem, Part

_BASE = "/desk/moderation"
_MODERATORS = frozenset({"moderator"})
_RULES = frozenset({"moderator", "admin"})


def part(desk: SafetyDesk) -> Part:
    """The part `moderation` for `web.application.build`."""
    return Part("moderation", (*_case_routes(desk), *_other_routes(desk), *_public_routes(desk)), _DOORS, _NAV)


def waiting(desk: SafetyDesk) -> tuple[Waiting, ...]:
    """What waits behind the links of the desk's home page; child-safety cases are left out of the count."""

    async def cases() -> int:
        counts = await store.queue_counts(desk.database, desk.clock.now())
        return sum(c.open for c in counts if c.queue is not Queue.CHILD_SAFETY)

    async def appeals() -> int:
        return (await appeal_store.count_open(desk.database, desk.clock.now()))[0]

    return (Waiting(_BASE, cases), Waiting(f"{_BASE}/appeals", appeals))


def _case_routes(desk: SafetyDesk) -> tuple[Route, ...]:
    overview, cases = OverviewPages(desk), CasePages(desk)
    case = f"{_BASE}/cases/{{case_id}}"
    return (
        Route(_BASE, overview.overview),
        Route(f"{_BASE}/queues/{{queue}}", overview.queue),
        Route(f"{_BASE}/next", overview.take_next, methods=["POST"]),
        Route(case, cases.show),
        Route(f"{case}/lock", cases.lock, methods=["POST"]),
        Route(f"{case}/release", cases.release, methods=["POST"]),
        Route(f"{case}/skip", cases.skip, methods=["POST"]),
        Route(f"{case}/reveal", cases.reveal, methods=["POST"]),
        Route(f"{case}/decide", cases.decide, methods=["POST"]),
    )


def _other_routes(desk: SafetyDesk) -> tuple[Route, ...]:
    appeals, rules, quality = AppealPages(desk), RulePages(desk), QualityPages(desk)
    look = f"{_BASE}/second-looks/{{decision_id}}/{{why}}"
    return (
        Route(f"{_BASE}/appeals", appeals.list),
        Route(f"{_BASE}/appeals/{{appeal_id}}", appeals.show),
        Route(f"{_BASE}/appeals/{{appeal_id}}/lock", appeals.lock, methods=["POST"]),
        Route(f"{_BASE}/appeals/{{appeal_id}}/decide", appeals.decide, methods=["POST"]),
        Route(f"{_BASE}/rules", rules.show),
        Route(f"{_BASE}/rules/stop-all", rules.stop_all, methods=["POST"]),
        Route(f"{_BASE}/rules/{{rule_id}}/mode", rules.set_mode, methods=["POST"]),
        Route(f"{_BASE}/measures", quality.measures),
        Route(f"{_BASE}/second-looks", quality.second_looks),
        Route(look, quality.second_look),
        Route(look, quality.answer, methods=["POST"]),
        Route(f"{_BASE}/terms", quality.terms),
        Route(f"{_BASE}/terms", quality.decide_term, methods=["POST"]),
    )


def _public_routes(desk: SafetyDesk) -> tuple[Route, ...]:
    public = PublicAppeal(desk)
    appeal = (Route("/appeal/{token}", public.show), Route("/appeal/{token}", public.file, methods=["POST"]))
    if desk.notices is None:
        return appeal
    notices = NoticePages(desk.notices)
    return (
        *appeal,
        Route("/report", notices.show),
        Route("/report", notices.file, methods=["POST"]),
        Route("/report/{reference}", notices.status),
    )


_DOORS = (
    Door(_BASE, max_body=128 * 1024),
    Door("/appeal", max_body=32 * 1024, burst=20, per_second=0.2, methods=frozenset({"POST"})),
    Door("/report", max_body=32 * 1024, burst=20, per_second=0.05, methods=frozenset({"POST"})),
)
_NAV = (
    NavItem("desk", "Moderation", _BASE, _MODERATORS, "Reports and what machines flagged.", order=100),
    NavItem("desk", "Appeals", f"{_BASE}/appeals", _MODERATORS, "People who disagree with a decision.", order=110),
    NavItem(
        "desk", "Second looks", f"{_BASE}/second-looks", _MODERATORS, "Others' decisions, judged blind.", order=120
    ),
    NavItem("desk", "Search terms", f"{_BASE}/terms", _MODERATORS, "Terms that people reported.", order=130),
    NavItem("desk", "Automatic rules", f"{_BASE}/rules", _RULES, "What machines may do, and how well.", order=140),
    NavItem("desk", "Measures", f"{_BASE}/measures", _RULES, "How well the desk works.", order=150),
)
