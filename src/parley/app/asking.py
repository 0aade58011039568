"""Questions that one part asks another over the bus: what everybody may see of a name or a public subject.

The part of the pages has no right to read anything of the messenger. What it shows to strangers, and what it keeps
as evidence of a notice, it asks for; the part that answers gives only what is public, whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from parley.app.events import decode, encode
from parley.core.ids import AccountId
from parley.messenger.search.model import Face
from parley.safety.ports import SubjectSnapshots, Usernames
from parley.safety.subjects import Snapshot, Subject
from parley.storage.bus import Bus

FACE = "ask.face"
SUBJECT = "ask.subject"
SNAPSHOT = "ask.snapshot"


class KnownFaces(Protocol):
    """Gives the public face of a name."""

    async def of(self, name: str) -> Face | None:
        """Give it, or None for everything that strangers may not see."""
        ...


class AskedSubjects:
    """Fills safety's `Usernames` and `SubjectSnapshots`, for what is public."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def subject_of(self, username: str) -> Subject | None:
        """See `Usernames`. Raises Silence when the part that knows does not answer."""
        found = await _ask(self._bus, SUBJECT, username)
        return None if found is None else Subject.of_key(found)

    async def take(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int] = (), posts: int = 20
    ) -> Snapshot | None:
        """See `SubjectSnapshots`. Raises Silence when the part that knows does not answer."""
        assert viewer is None, "nobody reports here who is signed in to the messenger"
        found = await _ask(self._bus, SNAPSHOT, subject.key)
        return None if found is None else decode(Snapshot, found)


class AskedNames:
    """Fills the web's `Names`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def of(self, name: str) -> Face | None:
        """See the port. Raises Silence when the part that knows does not answer."""
        found = await _ask(self._bus, FACE, name)
        return None if found is None else decode(Face, found)


async def answer(bus: Bus, usernames: Usernames, snapshots: SubjectSnapshots, faces: KnownFaces) -> None:
    """Answer other parts. A subject without a username is no public one, and there is no answer about it."""

    async def subject(name: Any) -> Any:
        found = await usernames.subject_of(str(name))
        return None if found is None else found.key

    async def snapshot(key: Any) -> Any:
        found = await snapshots.take(Subject.of_key(str(key)), None)
        return None if found is None or found.username is None else encode(found)

    async def face(name: Any) -> Any:
        found = await faces.of(str(name))
        return None if found is None else encode(found)

    for topic, responder in ((SUBJECT, subject), (SNAPSHOT, snapshot), (FACE, face)):
        await bus.answer(topic, _speaking(responder))


def _speaking(responder: Any) -> Any:
    async def respond(payload: bytes) -> bytes:
        return json.dumps(await responder(json.loads(payload))).encode()

    return respond


async def _ask(bus: Bus, topic: str, question: str) -> Any:
    return json.loads(await bus.ask(topic, json.dumps(question).encode()))
