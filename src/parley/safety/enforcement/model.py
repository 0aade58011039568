"""The ladder of actions, the effects that they have, and the sanctions that stand on an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from parley.core.ids import AccountId


class ActionKind(StrEnum):
    """The action ladder, mildest first."""

    NONE = "none"
    LABEL = "label"
    WARNING_SCREEN = "warning_screen"
    HIDE_FROM_SEARCH = "hide_from_search"
    REMOVE_CONTENT = "remove_content"
    SUSPEND_MEDIA = "suspend_media"
    READ_ONLY = "read_only"
    SUSPEND = "suspend"
    TERMINATE = "terminate"
    ADD_HASH = "add_hash"

    @property
    def label(self) -> str:
        """What a moderator and an owner read."""
        return LABELS[self]

    @property
    def needs_end(self) -> bool:
        """Whether the action lasts for a stated time."""
        return self in {ActionKind.SUSPEND_MEDIA, ActionKind.READ_ONLY, ActionKind.SUSPEND}


LABELS: Mapping[ActionKind, str] = {
    ActionKind.NONE: "No action",
    ActionKind.LABEL: "Label",
    ActionKind.WARNING_SCREEN: "Warning screen",
    ActionKind.HIDE_FROM_SEARCH: "Hide from search",
    ActionKind.REMOVE_CONTENT: "Remove the posts",
    ActionKind.SUSPEND_MEDIA: "Suspend new media uploads",
    ActionKind.READ_ONLY: "Read-only",
    ActionKind.SUSPEND: "Suspend",
    ActionKind.TERMINATE: "Terminate",
    ActionKind.ADD_HASH: "Add media to the hash bank",
}


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """One action of a decision. `hours` is its length where it has one; `message_ids` the posts to remove."""

    kind: ActionKind
    hours: int | None = None
    message_ids: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One outbox item for the messenger: a topic and its payload, and the topic that takes it back."""

    topic: str
    payload: Mapping[str, Any]
    undo_topic: str | None


@dataclass(frozen=True, slots=True)
class Sanction:
    """A limit on an account. `until` is None for one without an end."""

    account: AccountId
    kind: ActionKind
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account may do now. Times are None where nothing is limited."""

    may_write: bool = True
    may_upload_media: bool = True
    suspended: bool = False
    until: datetime | None = None


class ListingState(StrEnum):
    """Whether search shows an entity."""

    ELIGIBLE = "eligible"
    PENDING = "pending"
    HIDDEN = "hidden"
