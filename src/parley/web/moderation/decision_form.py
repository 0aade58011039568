"""Reads the form in which a moderator decides: a policy, several actions with their lengths, the facts."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from starlette.datastructures import FormData

from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.policies import policies, top_level
from parley.safety.review.rules import applies
from parley.safety.subjects import SnapshotPost, SubjectKind
from parley.web.forms import text

HOURS = ((24, "1 day"), (72, "3 days"), (168, "7 days"), (720, "30 days"), (2160, "90 days"), (8760, "1 year"))
_FILTER_TERM = "Hold its results to a stricter line"


@dataclass(frozen=True, slots=True)
class Typed:
    """A decision as it was typed."""

    policy: str
    facts: str
    actions: tuple[PlannedAction, ...]


def read(data: FormData, posts: Sequence[SnapshotPost], offered: Set[str]) -> Typed:
    """Read the form; an action that was not offered is left out, a missing length is refused later."""
    chosen = [ActionKind(str(raw)) for raw in data.getlist("actions") if str(raw) in offered]
    reported = tuple(p.message_id for p in posts if p.reported)
    only_reported = text(data, "scope") == "reported"
    actions = tuple(_action(kind, data, reported if only_reported else ()) for kind in chosen)
    return Typed(text(data, "policy"), text(data, "facts", most=5001), actions)


def _action(kind: ActionKind, data: FormData, message_ids: tuple[int, ...]) -> PlannedAction:
    raw = text(data, "hours")
    hours = int(raw) if kind.needs_end and raw.isascii() and raw.isdigit() and 0 < int(raw) <= 8760 else None
    removes = kind is ActionKind.REMOVE_CONTENT
    note = text(data, "note", most=200) if kind in {ActionKind.LABEL, ActionKind.WARNING_SCREEN} else ""
    return PlannedAction(kind, hours, message_ids if removes else (), note)


def policy_options() -> list[tuple[str, str]]:
    """Policies for a select, nested ones with their parent's title."""
    return [
        (p.name, p.title if p.parent is None else f"{top_level(p).title}: {p.title}") for p in policies().values()
    ]


def action_options(subject: SubjectKind, carried_out: Set[ActionKind]) -> list[tuple[str, str]]:
    """The actions that make sense for a subject and that this server carries out, mildest first."""
    if subject is SubjectKind.TERM:
        return [(ActionKind.NONE.value, ActionKind.NONE.label), (ActionKind.HIDE_FROM_SEARCH.value, _FILTER_TERM)]
    return [(k.value, k.label) for k in ActionKind if k in carried_out and applies(subject, k)]
