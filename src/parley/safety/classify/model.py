"""What classification yields: scores of a post, of a channel, and the n-grams behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from parley.core.ids import AccountId, ChannelId, MessageId


@dataclass(frozen=True, slots=True)
class PostScore:
    """Probabilities in 0..1: that a post is illicit at all, and per category."""

    illicit: float
    categories: Mapping[str, float]

    def leading_category(self) -> str | None:
        """The category with the highest probability."""
        return max(self.categories, key=lambda c: self.categories[c], default=None)


@dataclass(frozen=True, slots=True)
class NGram:
    """One n-gram and what it adds to a score, before division by the length of the post."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class PostSeen:
    """A public post as it reached the classifier."""

    channel: ChannelId
    message: MessageId
    author: AccountId
    text: str
    posted_at: datetime

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read an item of the outbox topic `safety.post`: {channel, message, author, text, at (ISO 8601)}."""
        return cls(
            channel=ChannelId(payload["channel"]),
            message=MessageId(payload["message"]),
            author=AccountId(payload["author"]),
            text=payload["text"],
            posted_at=datetime.fromisoformat(payload["at"]),
        )


@dataclass(frozen=True, slots=True)
class ScoredPost:
    """What is kept of a classified post: scores and the digest of its text, never the text."""

    message: MessageId
    score: PostScore
    second_signals: frozenset[str]
    text_sha256: bytes


class RuleMode(StrEnum):
    """What a rule may do: nothing, open machine cases only, or also hide from search pending review."""

    OFF = "off"
    SHADOW = "shadow"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Rule:
    """An automatic rule as data. `second_signals` are independent of the score; one of them must be present."""

    rule_id: str
    version: int
    title: str
    head: str
    score_at_least: float
    posts_at_least: int
    second_signals: frozenset[str]
    second_share_at_least: float
    policy: str
    mode: RuleMode
    stopped_because: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What the rules look at besides the posts: things that a score cannot know."""

    age_days: float
    members: int


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule whose conditions all hold for a channel now."""

    rule: Rule
    score: float
    posts: int
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """How a rule did on cases that people have decided; the newest 50 count."""

    reviewed: int
    right: int
    overturned: int
    precision: float | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Signal:
    """What a machine said about a case, as a moderator sees it. `score` is the channel score 0..1."""

    rule_id: str
    title: str
    rule_version: int
    mode: str
    score: float
    posts: int
    second: tuple[str, ...]
    category: str | None
    ngrams: tuple[NGram, ...]
    last_at: datetime
