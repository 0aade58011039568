"""What can be reported, judged and acted on, and the one key under which everything about it is gathered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from parley.core.folding import fold
from parley.core.ids import AccountId, ChannelId


class SubjectKind(StrEnum):
    """The kinds of subject; a reported message belongs to the channel or user that it came from."""

    USER = "user"
    CHAT = "chat"
    CHANNEL = "channel"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Subject:
    """One entity or search term. `name` is the folded term for terms and the decimal id for everything else."""

    kind: SubjectKind
    name: str

    @classmethod
    def channel(cls, channel: ChannelId) -> Self:
        """A channel or supergroup."""
        return cls(SubjectKind.CHANNEL, str(channel))

    @classmethod
    def user(cls, account: AccountId) -> Self:
        """A user or bot."""
        return cls(SubjectKind.USER, str(account))

    @classmethod
    def term(cls, term: str) -> Self:
        """A search term, folded, so that two spellings are one subject."""
        return cls(SubjectKind.TERM, fold(term)[:128])

    @classmethod
    def of_key(cls, key: str) -> Self:
        """Read back what `key` wrote."""
        kind, _, name = key.partition(":")
        return cls(SubjectKind(kind), name)

    @property
    def key(self) -> str:
        """The subject as one string: cases are merged by it."""
        return f"{self.kind}:{self.name}"

    @property
    def id(self) -> int:
        """The entity's id. Raises ValueError for a term."""
        return int(self.name)


@dataclass(frozen=True, slots=True)
class SnapshotPost:
    """A post as it stood when it was reported or flagged."""

    message_id: int
    posted_at: datetime
    text: str
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a subject looked like at one moment: the evidence that a decision rests on."""

    subject: Subject
    taken_at: datetime
    title: str
    username: str | None
    about: str
    members: int
    owner: AccountId | None
    created_at: datetime | None
    posts: tuple[SnapshotPost, ...]
    #: for a term: what the search showed for it, as subject keys
    results: tuple[str, ...] = ()

    def body(self) -> str:
        """The snapshot as canonical JSON: sorted keys, no spaces, times in ISO 8601."""
        return json.dumps(self._plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> bytes:
        """Digest of `body`, which pins what the reviewer saw."""
        return hashlib.sha256(self.body().encode()).digest()

    def _plain(self) -> dict[str, Any]:
        return {
            "subject": self.subject.key,
            "taken_at": self.taken_at.isoformat(),
            "title": self.title,
            "username": self.username,
            "about": self.about,
            "members": self.members,
            "owner": self.owner,
            "created_at": self.created_at.isoformat() if self.created_at else None,
            "posts": [
                {"id": p.message_id, "at": p.posted_at.isoformat(), "text": p.text, "reported": p.reported}
                for p in self.posts
            ],
            "results": list(self.results),
        }

    @classmethod
    def from_body(cls, body: str) -> Self:
        """Read a stored snapshot."""
        plain = json.loads(body)
        created = plain["created_at"]
        return cls(
            subject=Subject.of_key(plain["subject"]),
            taken_at=datetime.fromisoformat(plain["taken_at"]),
            title=plain["title"],
            username=plain["username"],
            about=plain["about"],
            members=plain["members"],
            owner=None if plain["owner"] is None else AccountId(plain["owner"]),
            created_at=datetime.fromisoformat(created) if created else None,
            posts=tuple(
                SnapshotPost(p["id"], datetime.fromisoformat(p["at"]), p["text"], p["reported"])
                for p in plain["posts"]
            ),
            results=tuple(plain["results"]),
        )
