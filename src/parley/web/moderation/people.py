"""Who the signed-in person is for the safety room."""

from __future__ import annotations

from starlette.requests import Request

from parley.safety.review.model import Moderator
from parley.web.sessions import signed_in

CHILD_SAFETY_ROLE = "child_safety"


def moderator(request: Request) -> Moderator:
    """The moderator behind a request that a guard let through.

    Child-safety cases open to the role of that name. Where nobody can hold it, a moderator who also
    administers the server stands in, so that such a report is never out of everybody's reach.
    """
    person = signed_in(request)
    may = CHILD_SAFETY_ROLE in person.roles or {"admin", "moderator"} <= person.roles
    return Moderator(person.name, child_safety=may)


def page_number(request: Request) -> int:
    """The page of a list, from 0; anything odd is the first page."""
    raw = request.query_params.get("page", "0")
    return min(int(raw), 10_000) if raw.isascii() and raw.isdigit() else 0
