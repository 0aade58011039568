"""What can be found, and in which state its listing is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parley.core.peers import Peer


class ListingState(StrEnum):
    """Whether search shows an entity: a person or a rule of the safety room decides, never this room."""

    ELIGIBLE = "eligible"
    PENDING = "pending"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Entity:
    """A user, bot or public channel as the index holds it; `weight` is the number of its members."""

    peer: Peer
    title: str
    username: str
    weight: int = 0


class FaceKind(StrEnum):
    """What holds a name that strangers are shown."""

    CHANNEL = "channel"
    GROUP = "group"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Face:
    """What strangers without an account are shown of a username: a listed channel, group or bot, never a person."""

    name: str
    title: str
    about: str
    kind: FaceKind
    members: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a public channel as the index holds it; `date` in Unix seconds."""

    channel: Peer
    message_id: int
    text: str
    date: int


@dataclass(frozen=True, slots=True)
class PostHit:
    """A found post: where it is, not what it says."""

    channel: Peer
    message_id: int


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """Entities that matched, best first, and how many were left out because they are not listed."""

    peers: tuple[Peer, ...]
    withheld: int


@dataclass(frozen=True, slots=True)
class PostsFound:
    """Posts that matched, newest first, and how many were left out."""

    posts: tuple[PostHit, ...]
    withheld: int
    more: bool = False
