"""Reports as values: who, about what, why, and the answers of the report menu."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AccountId, CaseId, ReportId
from parley.safety.subjects import Subject


class Via(StrEnum):
    """The door through which a report came."""

    CHAT = "chat"
    PROFILE = "profile"
    SEARCH = "search"
    BOT = "bot"
    WEB_FORM = "web_form"
    TRUSTED_FLAGGER = "trusted_flagger"
    DSA_NOTICE = "dsa_notice"


class Outcome(StrEnum):
    """What a reporter is told in the end."""

    ACTED = "acted"
    NOT_ACTED = "not_acted"


@dataclass(frozen=True, slots=True)
class Report:
    """One person's report. `reporter` is None for notices from outside."""

    report_id: ReportId
    reporter: AccountId | None
    subject: Subject
    message_ids: tuple[int, ...]
    policy: str
    comment: str
    term: str | None
    via: Via
    filed_at: datetime
    case_id: CaseId
    snapshot_id: str | None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class MenuOption:
    """One line of the report menu; `option` is what the client sends back."""

    text: str
    option: bytes


@dataclass(frozen=True, slots=True)
class ChooseOption:
    """The client shows a menu (Telegram's reportResultChooseOption)."""

    title: str
    options: tuple[MenuOption, ...]


@dataclass(frozen=True, slots=True)
class AddComment:
    """The client asks for a few words (Telegram's reportResultAddComment)."""

    optional: bool
    option: bytes


@dataclass(frozen=True, slots=True)
class Reported:
    """The report was taken (Telegram's reportResultReported)."""

    report_id: ReportId


ReportStep = ChooseOption | AddComment | Reported


@dataclass(frozen=True, slots=True)
class Chosen:
    """The menu has been walked to its end: a report under this policy can be filed."""

    policy: str


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What a message to @SearchReport names: a term, a username, or both. Neither is empty text."""

    term: str | None
    username: str | None
