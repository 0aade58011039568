"""Who may work on what, in which order, by when, and when a second person must look."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.errors import CaseLocked, InvalidDecision
from parley.safety.policies import Queue, policies, policy
from parley.safety.review.model import Case
from parley.safety.subjects import SubjectKind

LOCK_FOR = timedelta(minutes=15)
"""A lock lapses after this long without a click, so that an interrupted review does not block the queue."""
MAX_FACTS = 5000
"""Length of `decision_facts` in the DSA Transparency Database."""
AUDIT_SHARE = 0.05
"""Share of decisions that get a blind second look at random."""
_BANS = frozenset({ActionKind.TERMINATE})
_GENESIS = bytes(32)


def weight(severity: int, reach: int, reporters: int, machine_score: float | None) -> float:
    """Severity x reach x corroboration: the part of a case's priority that does not change with time.

    `reach` counts people. Each factor is at least 1 and never falls when its input grows.
    """
    reach_factor = 1 + math.log10(1 + max(reach, 0))
    corroboration = 1 + math.log2(1 + max(reporters, 0)) + (machine_score or 0.0)
    return severity * reach_factor * corroboration


def priority(case_weight: float, opened_at: datetime, due_at: datetime, now: datetime) -> float:
    """Weight times age: doubles by the deadline and goes on growing after it."""
    allowed = max((due_at - opened_at).total_seconds(), 1.0)
    return case_weight * (1 + max((now - opened_at).total_seconds(), 0.0) / allowed)


def queue_for(policy_name: str, reporters: int, only_search: bool) -> Queue:
    """Machine signals alone have a queue of their own; grave policies go before the door they came by."""
    if reporters == 0:
        return Queue.MACHINE_ONLY
    queue = policy(policy_name).queue
    if queue in {Queue.CHILD_SAFETY, Queue.IMMINENT_HARM}:
        return queue
    return Queue.SEARCH_REPORT if only_search else queue


def graver(first: str, second: str) -> str:
    """Of two policies the one that orders the queue; the first when they are equal or one contains the other."""
    a, b = policy(first), policy(second)
    if a.parent == second:
        return first
    if b.parent == first:
        return second
    return second if b.severity > a.severity else first


def check_lock(locked_by: str | None, locked_until: datetime | None, who: str, now: datetime) -> datetime:
    """Give the new end of the lock. Raises CaseLocked while somebody else holds it."""
    if locked_by not in {None, who} and locked_until is not None and locked_until > now:
        raise CaseLocked(str(locked_by))
    return now + LOCK_FOR


def holds_lock(case: Case, who: str, now: datetime) -> bool:
    """Whether `who` has the case to themselves now."""
    return case.locked_by == who and case.locked_until is not None and case.locked_until > now


def check_decision(policy_name: str, facts: str, actions: Sequence[PlannedAction]) -> None:
    """Raises InvalidDecision with what is missing, in words for the moderator."""
    if policy_name not in policies():
        raise InvalidDecision("choose a policy")
    if not actions:
        raise InvalidDecision("choose at least one action, or “no action”")
    kinds = [a.kind for a in actions]
    if len(set(kinds)) != len(kinds):
        raise InvalidDecision("an action stands twice")
    if ActionKind.NONE in kinds and len(kinds) > 1:
        raise InvalidDecision("“no action” excludes every other action")
    if ActionKind.NONE not in kinds and not facts.strip():
        raise InvalidDecision("write down the facts: the owner will read them")
    if len(facts) > MAX_FACTS:
        raise InvalidDecision(f"the facts may have {MAX_FACTS} characters at most")
    for action in actions:
        if action.kind.needs_end and action.hours is None:
            raise InvalidDecision(f"“{action.kind.label}” needs an end")


def applies(subject: SubjectKind, kind: ActionKind) -> bool:
    """Whether an action makes sense for a subject: a term is only filtered, a user has no posts of their own."""
    match subject:
        case SubjectKind.TERM:
            return kind in {ActionKind.NONE, ActionKind.HIDE_FROM_SEARCH}
        case SubjectKind.USER:
            return kind is not ActionKind.REMOVE_CONTENT
        case _:
            return True


def check_subject(subject: SubjectKind, actions: Sequence[PlannedAction]) -> None:
    """Raises InvalidDecision for an action that its subject cannot have."""
    for action in actions:
        if not applies(subject, action.kind):
            raise InvalidDecision(f"“{action.kind.label}” is not possible here")


def needs_second_review(policy_name: str, actions: Sequence[PlannedAction]) -> bool:
    """Bans and child safety are decided by two people who do not see each other's decision."""
    if all(a.kind is ActionKind.NONE for a in actions):
        return policy(policy_name).double_review
    return policy(policy_name).double_review or any(a.kind in _BANS for a in actions)


def agree(first: tuple[str, Sequence[PlannedAction]], second: tuple[str, Sequence[PlannedAction]]) -> bool:
    """Whether two blind decisions are the same in policy and kinds of action."""
    return first[0] == second[0] and {a.kind for a in first[1]} == {a.kind for a in second[1]}


def picked_for_audit(decision_id: str) -> bool:
    """A random 5 %, drawn from the random id, so that nobody can steer what is audited."""
    return int(decision_id[:8], 16) < AUDIT_SHARE * 2**32


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two reviewers' labels: 1 full agreement, 0 as chance would have it; None without data."""
    if not pairs:
        return None
    total = len(pairs)
    observed = sum(a == b for a, b in pairs) / total
    labels = {label for pair in pairs for label in pair}
    chance = sum(
        (sum(a == label for a, _ in pairs) / total) * (sum(b == label for _, b in pairs) / total)
        for label in labels
    )
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def chain(
    previous: bytes | None, case_id: str, seq: int, at: datetime, actor: str, kind: str, detail: Mapping[str, Any]
) -> bytes:
    """Digest of a log entry: SHA-256 over the digest before it and the entry as canonical JSON."""
    entry = json.dumps(
        [case_id, seq, at.isoformat(), actor, kind, detail],
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256((previous or _GENESIS) + entry.encode()).digest()
