"""Values of the policy room: a document's version, a piece of marked text, an acceptance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from parley.core.ids import AccountId


class Kind(StrEnum):
    """The documents that a server has."""

    TERMS = "terms"
    PRIVACY = "privacy"
    FAQ = "faq"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a document; `text` is Markdown, `changes` says what is new in it."""

    kind: Kind
    version: str
    effective: date
    title: str
    changes: str
    text: str
    sha256: str

    @property
    def id(self) -> str:
        """How clients name this version, for example `terms-1.0`."""
        return f"{self.kind}-{self.version}"


@dataclass(frozen=True, slots=True)
class Span:
    """A marked stretch of a plain text: `start` and `length` count Unicode characters, not UTF-16 units."""

    start: int
    length: int
    mark: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PlainText:
    """A document for a screen that shows no Markdown; marks are `bold`, `italic`, `code` and `link`."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An account's yes to one version."""

    account: AccountId
    document: Kind
    version: str
    accepted_at: datetime
