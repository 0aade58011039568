"""The one table of policies: what a report can name, a decision can rest on and a statistic can count."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Queue(StrEnum):
    """Where a case waits. Machine-only cases never stand among those that people reported."""

    CHILD_SAFETY = "child_safety"
    IMMINENT_HARM = "imminent_harm"
    SEARCH_REPORT = "search_report"
    SCAMS = "scams"
    ILLEGAL_GOODS = "illegal_goods"
    SPAM = "spam"
    OTHER = "other"
    MACHINE_ONLY = "machine_only"


class Ground(StrEnum):
    """Whether a policy rests on the law or on the terms (DSA Article 17(3)(d) and (e))."""

    ILLEGAL = "illegal"
    INCOMPATIBLE = "incompatible"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy with its place in the report menu, its queue, and its DSA category and keywords."""

    name: str
    title: str
    summary: str
    rule: str
    option: int
    parent: str | None
    queue: Queue
    severity: int
    deadline: timedelta
    category: str
    keywords: tuple[str, ...]
    ground: Ground
    law: str | None
    comment_required: bool
    double_review: bool


@cache
def policies() -> Mapping[str, Policy]:
    """All policies by name, in the order of the file."""
    raw = tomllib.loads(resources.files("parley.safety").joinpath("policies.toml").read_text("utf-8"))
    return {name: _policy(name, fields, raw) for name, fields in raw.items()}


def policy(name: str) -> Policy:
    """One policy. Raises KeyError for an unknown name."""
    return policies()[name]


def top_level(of: Policy) -> Policy:
    """The policy that a nested reason belongs to; itself for one that is not nested."""
    return policies()[of.parent] if of.parent else of


def _policy(name: str, fields: Mapping[str, Any], every: Mapping[str, Mapping[str, Any]]) -> Policy:
    """A nested policy takes over from its parent whatever it does not say itself."""
    parent = fields.get("parent")
    all_fields = {**(every[parent] if parent else {}), **fields}
    return Policy(
        name=name,
        title=all_fields["title"],
        summary=all_fields["summary"],
        rule=all_fields["rule"],
        option=all_fields["option"],
        parent=parent,
        queue=Queue(all_fields["queue"]),
        severity=all_fields["severity"],
        deadline=timedelta(hours=all_fields["deadline_hours"]),
        category=all_fields["category"],
        keywords=tuple(all_fields["keywords"]),
        ground=Ground(all_fields["ground"]),
        law=all_fields.get("law"),
        comment_required=all_fields.get("comment") == "required",
        double_review=all_fields.get("double_review", False),
    )
