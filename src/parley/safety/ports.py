"""What safety needs from the rooms above and beside it; `app` fills these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parley.core.ids import AccountId, ChannelId
from parley.safety.subjects import Snapshot, Subject


class SubjectSnapshots(Protocol):
    """Reads what a subject looks like now, with the messenger's own role."""

    async def take(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int] = (), posts: int = 20
    ) -> Snapshot | None:
        """Title, names, size, owner, the named messages (`reported=True`) and the newest `posts` posts.

        `viewer` is the reporter: what they may not see is left out; None takes what the public sees.
        Gives None for a subject that does not exist or that the viewer cannot see. For a term, the
        snapshot's `results` are the keys of what search shows for it now.
        """
        ...


class Usernames(Protocol):
    """Finds out who holds a username."""

    async def subject_of(self, username: str) -> Subject | None:
        """The channel or user behind a username (without @), or None."""
        ...


class Owners(Protocol):
    """Tells who answers for a channel."""

    async def owner_of(self, channel: ChannelId) -> AccountId | None:
        """The creator's account, or None for a channel without one."""
        ...


class PublicLinks(Protocol):
    """Builds links for people."""

    def appeal_url(self, token: str) -> str:
        """Where an owner can write an appeal in a browser: `<public url>/appeal/<token>`."""
        ...
