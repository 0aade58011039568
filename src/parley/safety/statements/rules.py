"""Builds statements of reasons with every field of the DSA (Regulation (EU) 2022/2065, Articles 17 and 24(5)).

Field names and codes are those of the Transparency Database, read from `dsa_codes.txt`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.enforcement.rules import end_of
from parley.safety.errors import InvalidStatement
from parley.safety.policies import Ground, policy
from parley.safety.statements.model import Grounds
from parley.safety.subjects import SubjectKind

APPEAL_MONTHS = 6
"""DSA Article 20(1): at least six months."""
MAX_FACTS = 5000

_VISIBILITY: Mapping[ActionKind, str] = {
    ActionKind.HIDE_FROM_SEARCH: "DECISION_VISIBILITY_CONTENT_DEMOTED",
    ActionKind.REMOVE_CONTENT: "DECISION_VISIBILITY_CONTENT_REMOVED",
    ActionKind.LABEL: "DECISION_VISIBILITY_CONTENT_LABELLED",
    ActionKind.WARNING_SCREEN: "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
}
_ACCOUNT: Mapping[ActionKind, str] = {
    ActionKind.SUSPEND: "DECISION_ACCOUNT_SUSPENDED",
    ActionKind.TERMINATE: "DECISION_ACCOUNT_TERMINATED",
}
_PROVISION: Mapping[ActionKind, str] = {
    ActionKind.SUSPEND_MEDIA: "DECISION_PROVISION_PARTIAL_SUSPENSION",
    ActionKind.READ_ONLY: "DECISION_PROVISION_PARTIAL_SUSPENSION",
    ActionKind.SUSPEND: "DECISION_PROVISION_PARTIAL_SUSPENSION",
    ActionKind.TERMINATE: "DECISION_PROVISION_PARTIAL_TERMINATION",
}
_AUTOMATED = {
    "not": "AUTOMATED_DECISION_NOT_AUTOMATED",
    "partially": "AUTOMATED_DECISION_PARTIALLY",
    "fully": "AUTOMATED_DECISION_FULLY",
}
_REQUIRED = (
    "decision_ground", "content_type", "category", "content_date", "application_date", "decision_facts",
    "source_type", "automated_detection", "automated_decision", "puid",
)  # fmt: skip
_DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")


@cache
def codes() -> frozenset[str]:
    """Every code that the Transparency Database knows."""
    text = resources.files("parley.safety.statements").joinpath("dsa_codes.txt").read_text("ascii")
    return frozenset(text.split())


def build_fields(
    puid: str, grounds: Grounds, kind: SubjectKind, actions: Sequence[PlannedAction], now: datetime
) -> dict[str, Any]:
    """All fields of a statement. Raises InvalidStatement when one is missing or a code is unknown."""
    named = policy(grounds.policy)
    fields: dict[str, Any] = {
        **_decisions(kind, actions, now),
        **_legal_ground(grounds),
        "content_type": list(grounds.content_types),
        "category": named.category,
        "category_specification": list(named.keywords),
        "content_date": grounds.content_date.date().isoformat(),
        "application_date": now.date().isoformat(),
        "decision_facts": grounds.facts.strip()[:MAX_FACTS],
        "source_type": grounds.source_type,
        "automated_detection": "Yes" if grounds.detected_automatically else "No",
        "automated_decision": _AUTOMATED[grounds.automated],
        "puid": puid,
    }
    check_fields(fields)
    return fields


def _decisions(kind: SubjectKind, actions: Sequence[PlannedAction], now: datetime) -> dict[str, Any]:
    """A suspended channel is a part of the service that is withheld; only a user's suspension ends an account."""
    fields: dict[str, Any] = {}
    visibility = [_VISIBILITY[a.kind] for a in actions if a.kind in _VISIBILITY]
    if visibility:
        fields["decision_visibility"] = visibility
    table, name, end_name = (
        (_ACCOUNT, "decision_account", "end_date_account_restriction")
        if kind is SubjectKind.USER
        else (_PROVISION, "decision_provision", "end_date_service_restriction")
    )
    for action in sorted(actions, key=lambda a: list(ActionKind).index(a.kind)):
        where, end_field = (name, end_name)
        code = table.get(action.kind)
        if code is None and action.kind in _PROVISION:
            code, where, end_field = _PROVISION[action.kind], "decision_provision", "end_date_service_restriction"
        if code is None:
            continue
        fields[where] = code
        fields.pop(end_field, None)
        if until := end_of(action, now):
            fields[end_field] = until.date().isoformat()
    return fields


def _legal_ground(grounds: Grounds) -> dict[str, str]:
    named = policy(grounds.policy)
    if named.ground is Ground.ILLEGAL:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": named.law or "",
            "illegal_content_explanation": f"{named.summary}. {grounds.facts.strip()}"[:MAX_FACTS],
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"Terms of service: {named.title}. {named.rule}",
        "incompatible_content_explanation": grounds.facts.strip()[:MAX_FACTS],
    }


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raises InvalidStatement with the first field that the Transparency Database would refuse."""
    for name in _REQUIRED:
        if not fields.get(name):
            raise InvalidStatement(f"{name} is missing")
    if not any(fields.get(name) for name in _DECISIONS):
        raise InvalidStatement("no restriction is named")
    prefix = "illegal" if fields["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT" else "incompatible"
    for name in ("ground", "explanation"):
        full = f"{prefix}_content_{'legal_' if prefix == 'illegal' and name == 'ground' else ''}{name}"
        if not fields.get(full):
            raise InvalidStatement(f"{full} is missing")
    for code in _codes_in(fields):
        if code not in codes():
            raise InvalidStatement(f"{code} is no code of the Transparency Database")


def _codes_in(fields: Mapping[str, Any]) -> list[str]:
    named = (*_DECISIONS, "decision_ground", "content_type", "category", "category_specification", "source_type",
             "automated_decision")  # fmt: skip
    found: list[str] = []
    for name in named:
        value = fields.get(name)
        if value is not None:
            found += value if isinstance(value, list) else [value]
    return found


def appeal_until(issued_at: datetime) -> datetime:
    """The last moment of the six months: the same day of the month, or that month's last day."""
    month = issued_at.month - 1 + APPEAL_MONTHS
    year, month = issued_at.year + month // 12, month % 12 + 1
    for day in (issued_at.day, 30, 29, 28):
        try:
            return issued_at.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def owner_text(
    grounds: Grounds,
    actions: Sequence[PlannedAction],
    until: datetime,
    statement_id: str,
    appeal_url: str,
    now: datetime,
) -> str:
    """What the owner reads: what was done, why, how it was found, and how to object. Never the n-grams."""
    named = policy(grounds.policy)
    done = "\n".join(f"• {_done(a, now)}" for a in actions)
    basis = f"the law ({named.law})" if named.ground is Ground.ILLEGAL else "our terms of service"
    found = how_found(grounds)
    return textwrap.dedent("""\
        We have restricted {subject}.

        What we did
        {done}

        Why: {title}
        {rule}
        This rests on {basis}.

        The facts
        {facts}

        How it was found: {found}

        If you disagree, you can appeal free of charge until {until:%d %B %Y}. Somebody who has not decided
        before will decide.
        Reply here with
        /appeal {statement} and your reasons
        or write at {url}
        You can also turn to a court or to a certified out-of-court dispute settlement body.""").format(
        subject=grounds.subject_words, done=done, title=named.title, rule=named.rule, basis=basis,
        facts=grounds.facts.strip(), found=found, until=until, statement=statement_id, url=appeal_url,
    )  # fmt: skip


def how_found(grounds: Grounds) -> str:
    """How the content came to our notice, for its owner (DSA Article 17(3)(b) and (c))."""
    reported = grounds.source_type != "SOURCE_VOLUNTARY"
    if grounds.detected_automatically and reported:
        return "A program flagged it and people reported it; a person decided."
    if grounds.detected_automatically:
        return "A program flagged it; a person decided."
    return "People reported it; a person decided."


_DONE: Mapping[ActionKind, str] = {
    ActionKind.LABEL: "a label is shown",
    ActionKind.WARNING_SCREEN: "a warning is shown before it",
    ActionKind.HIDE_FROM_SEARCH: "it is no longer found in search",
    ActionKind.REMOVE_CONTENT: "posts were removed",
    ActionKind.SUSPEND_MEDIA: "new media uploads are suspended",
    ActionKind.READ_ONLY: "writing is suspended",
    ActionKind.SUSPEND: "it is suspended",
    ActionKind.TERMINATE: "it is closed for good",
    ActionKind.ADD_HASH: "copies of the file are blocked",
    ActionKind.NONE: "nothing",
}


def _done(action: PlannedAction, now: datetime) -> str:
    until = end_of(action, now)
    return f"{_DONE[action.kind]} until {until:%d %B %Y %H:%M} UTC" if until else _DONE[action.kind]


def words_for(kind: SubjectKind, title: str) -> str:
    """How a subject is named to people."""
    match kind:
        case SubjectKind.USER:
            return f"the account “{title}”"
        case SubjectKind.TERM:
            return f"the search term “{title}”"
        case SubjectKind.CHAT:
            return f"the group “{title}”"
        case SubjectKind.CHANNEL:
            return f"the channel “{title}”"
