"""What each action of the ladder does to the messenger, and what takes it back. Pure tables and functions.

Payloads (JSON) that reach the messenger through the outbox; every handler is idempotent by `effect`:

| topic | payload besides `effect`, `decision`, `reason` | undone by |
|---|---|---|
| enforce.hide_from_search | subject, state (`hidden` or `pending`) | enforce.list_in_search |
| enforce.remove_messages | subject, message_ids, all_until (ISO time; null: the ids) | enforce.restore_messages |
| enforce.suspend_channel, enforce.suspend_account | subject, until (ISO time) | enforce.unsuspend_... |
| enforce.terminate_channel, enforce.terminate_account | subject | enforce.reinstate_... |
| enforce.read_only, enforce.suspend_media | account, until | enforce.lift_read_only, enforce.lift_suspend_media |
| enforce.label, enforce.warning_screen | subject, text | enforce.unlabel, enforce.lift_warning_screen |

An undoing item carries the payload of what it undoes, `effect` included. Nothing is deleted for good: removed
messages and suspended entities are kept out of sight until their appeal time is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from parley.core.ids import AccountId, DecisionId
from parley.safety.enforcement.model import ActionKind, Effect, ListingState, PlannedAction, Sanction, Standing
from parley.safety.subjects import Subject, SubjectKind

_UNDO: Mapping[str, str] = {
    "enforce.hide_from_search": "enforce.list_in_search",
    "enforce.remove_messages": "enforce.restore_messages",
    "enforce.suspend_channel": "enforce.unsuspend_channel",
    "enforce.suspend_account": "enforce.unsuspend_account",
    "enforce.terminate_channel": "enforce.reinstate_channel",
    "enforce.terminate_account": "enforce.reinstate_account",
    "enforce.read_only": "enforce.lift_read_only",
    "enforce.suspend_media": "enforce.lift_suspend_media",
    "enforce.label": "enforce.unlabel",
    "enforce.warning_screen": "enforce.lift_warning_screen",
}
TOPICS: tuple[str, ...] = (*_UNDO, *_UNDO.values())
"""Every topic that the messenger's side must have a handler for."""

_ON_ACCOUNT = frozenset({ActionKind.READ_ONLY, ActionKind.SUSPEND_MEDIA})
STRIKE_LIFE = timedelta(days=180)


def effects_of(
    decision: DecisionId,
    subject: Subject,
    owner: AccountId | None,
    reason: str,
    actions: Sequence[PlannedAction],
    now: datetime,
) -> list[Effect]:
    """The outbox items of a decision, in the order of its actions. A term has no entity to act on: no items."""
    if subject.kind is SubjectKind.TERM:
        return []
    found: list[Effect] = []
    for number, action in enumerate(actions):
        topic = _topic(action.kind, subject)
        if topic is None:
            continue
        base = {"effect": f"{decision}-{number}", "decision": decision, "reason": reason}
        payload = {**base, **_payload(action, subject, owner, now)}
        found.append(Effect(topic, payload, _UNDO[topic]))
    return found


def interim_hiding(decision: str, subject: Subject, reason: str) -> Effect | None:
    """Hides from search pending the second of two decisions, or pending review of a machine's signal."""
    if subject.kind is SubjectKind.TERM:
        return None
    payload = {
        "effect": f"{decision}-interim",
        "decision": decision,
        "reason": reason,
        "subject": subject.key,
        "state": ListingState.PENDING.value,
    }
    return Effect("enforce.hide_from_search", payload, _UNDO["enforce.hide_from_search"])


def _topic(kind: ActionKind, subject: Subject) -> str | None:
    entity = "account" if subject.kind is SubjectKind.USER else "channel"
    match kind:
        case ActionKind.NONE | ActionKind.ADD_HASH:
            return None
        case ActionKind.SUSPEND | ActionKind.TERMINATE:
            return f"enforce.{kind.value}_{entity}"
        case ActionKind.REMOVE_CONTENT:
            return "enforce.remove_messages"
        case _:
            return f"enforce.{kind.value}"


def _payload(
    action: PlannedAction, subject: Subject, owner: AccountId | None, now: datetime
) -> dict[str, str | int | list[int] | None]:
    until = end_of(action, now)
    stamp = until.isoformat() if until else None
    match action.kind:
        case ActionKind.HIDE_FROM_SEARCH:
            return {"subject": subject.key, "state": ListingState.HIDDEN.value}
        case ActionKind.REMOVE_CONTENT:
            everything = None if action.message_ids else now.isoformat()
            return {"subject": subject.key, "message_ids": list(action.message_ids), "all_until": everything}
        case ActionKind.READ_ONLY | ActionKind.SUSPEND_MEDIA:
            return {"account": answerable(subject, owner), "until": stamp}
        case ActionKind.SUSPEND:
            return {"subject": subject.key, "until": stamp}
        case ActionKind.LABEL | ActionKind.WARNING_SCREEN:
            return {"subject": subject.key, "text": action.note}
        case _:
            return {"subject": subject.key}


def end_of(action: PlannedAction, now: datetime) -> datetime | None:
    """When an action ends by itself."""
    return now + timedelta(hours=action.hours) if action.hours is not None else None


def answerable(subject: Subject, owner: AccountId | None) -> AccountId | None:
    """The account that a decision about the subject concerns: the user, or the channel's owner."""
    return AccountId(subject.id) if subject.kind is SubjectKind.USER else owner


def sanctions_of(
    subject: Subject, owner: AccountId | None, actions: Sequence[PlannedAction], now: datetime
) -> list[Sanction]:
    """The limits on an account that a decision sets; the messenger asks for them at each send."""
    account = answerable(subject, owner)
    if account is None:
        return []
    bans = {ActionKind.SUSPEND, ActionKind.TERMINATE} if subject.kind is SubjectKind.USER else set()
    return [Sanction(account, a.kind, now, end_of(a, now)) for a in actions if a.kind in _ON_ACCOUNT | bans]


def standing(sanctions: Iterable[Sanction], now: datetime) -> Standing:
    """What the account may do, given all its sanctions; the strictest counts, the latest end is told."""
    active = [s for s in sanctions if s.until is None or s.until > now]
    kinds = {s.kind for s in active}
    suspended = bool(kinds & {ActionKind.SUSPEND, ActionKind.TERMINATE})
    ends = [s.until for s in active if s.until is not None]
    return Standing(
        may_write=not suspended and ActionKind.READ_ONLY not in kinds,
        may_upload_media=not suspended and not kinds & {ActionKind.READ_ONLY, ActionKind.SUSPEND_MEDIA},
        suspended=suspended,
        until=max(ends) if ends and len(ends) == len(active) else None,
    )


def recommended_hours(severity: int, earlier_strikes: Sequence[datetime], now: datetime) -> int:
    """A length for a timed action: a day for a first light breach, doubling with each strike that still counts.

    It only fills the form; a person confirms.
    """
    counting = sum(1 for at in earlier_strikes if now - at < STRIKE_LIFE)
    base: int = 24 if severity < 5 else 24 * 7 if severity < 8 else 24 * 30
    return min(base << counting, 24 * 365)
