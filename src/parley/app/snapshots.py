"""Fills the safety room's ports about the messenger: what a subject looks like, who is behind a name."""

from __future__ import annotations

from collections.abc import Sequence

from parley.app.wiring.accounts import AccountServices
from parley.app.wiring.messenger import MessengerServices
from parley.core.clock import Clock
from parley.core.errors import ParleyError
from parley.core.ids import AccountId, ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.messages.model import Message, Page
from parley.messenger.search.errors import QueryEmpty
from parley.safety.subjects import Snapshot, SnapshotPost, Subject, SubjectKind

_SHOWN = 10


def subject_of(peer: Peer) -> Subject:
    """Name a peer in safety's words."""
    if peer.kind is PeerKind.CHANNEL:
        return Subject.channel(ChannelId(peer.id))
    return Subject.user(AccountId(peer.id))


def peer_of(subject: Subject) -> Peer:
    """Name a subject that is no term in the messenger's words."""
    if subject.kind is SubjectKind.CHANNEL:
        return Peer.channel(ChannelId(subject.id))
    return Peer.user(AccountId(subject.id))


class MessengerSnapshots:
    """Reads subjects with the messenger's own services, as the reporter or the public sees them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: AccountServices | None = None
        self._messenger: MessengerServices | None = None

    def attach(self, accounts: AccountServices, messenger: MessengerServices) -> None:
        """Give it the services; safety's send gate has to exist before them."""
        self._accounts, self._messenger = accounts, messenger

    async def take(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int] = (), posts: int = 20
    ) -> Snapshot | None:
        """See `SubjectSnapshots`."""
        if subject.kind is SubjectKind.TERM:
            return await self._term(subject)
        if subject.kind is SubjectKind.CHANNEL:
            return await self._channel(subject, viewer, message_ids, posts)
        return await self._user(subject, viewer, message_ids)

    async def subject_of(self, username: str) -> Subject | None:
        """See `Usernames`."""
        assert self._accounts is not None, "wired before the first report"
        found = await self._accounts.accounts.by_username(username)
        return None if found is None else subject_of(found)

    async def _channel(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int], posts: int
    ) -> Snapshot | None:
        assert self._messenger is not None, "wired before the first report"
        channel = await self._messenger.directory.find(ChannelId(subject.id))
        if channel is None or channel.deleted:
            return None
        reader = viewer or channel.creator_id
        try:
            found = await self._posts(reader, subject, message_ids, posts)
        except ParleyError:
            return None
        return Snapshot(
            subject=subject,
            taken_at=self._clock.now(),
            title=channel.title,
            username=channel.username,
            about=channel.about,
            members=channel.members,
            owner=channel.creator_id,
            created_at=channel.created_at,
            posts=found,
        )

    async def _posts(
        self, reader: AccountId, subject: Subject, message_ids: Sequence[int], posts: int
    ) -> tuple[SnapshotPost, ...]:
        assert self._messenger is not None, "wired before the first report"
        reading = self._messenger.messages.reading
        named = await reading.posts(reader, ChannelId(subject.id), message_ids) if message_ids else []
        newest = (await reading.history(reader, peer_of(subject), Page(limit=posts))).messages
        known = {message.id for message in named}
        rest = [message for message in newest if message.id not in known and message.action is None]
        return (*_snapshots(named, reported=True), *_snapshots(rest))

    async def _user(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int]
    ) -> Snapshot | None:
        assert self._accounts is not None, "wired before the first report"
        assert self._messenger is not None, "wired before the first report"
        account = await self._accounts.accounts.find(AccountId(subject.id))
        if account is None or account.deleted:
            return None
        found: list[Message] = []
        if viewer is not None and message_ids:
            mine = await self._messenger.messages.reading.by_ids(viewer, message_ids)
            found = [message for message in mine if message.peer == peer_of(subject) and not message.out]
        return Snapshot(
            subject=subject,
            taken_at=self._clock.now(),
            title=f"{account.first_name} {account.last_name}".strip(),
            username=account.username,
            about=account.about,
            members=1,
            owner=account.account_id,
            created_at=account.created_at,
            posts=tuple(_snapshots(found, reported=True)),
        )

    async def _term(self, subject: Subject) -> Snapshot:
        assert self._messenger is not None, "wired before the first report"
        try:
            found = (await self._messenger.search.people(subject.name, _SHOWN)).peers
        except QueryEmpty:
            found = ()
        return Snapshot(
            subject=subject,
            taken_at=self._clock.now(),
            title=subject.name,
            username=None,
            about="",
            members=0,
            owner=None,
            created_at=None,
            posts=(),
            results=tuple(subject_of(peer).key for peer in found),
        )


def _snapshots(messages: Sequence[Message], *, reported: bool = False) -> list[SnapshotPost]:
    return [SnapshotPost(m.id, m.date, m.text, reported) for m in messages]
