"""The messenger proper: channels, messages, updates, search, and what is pushed to sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parley.app.service_account import ServiceAccount
from parley.app.wiring.accounts import AccountServices
from parley.app.wiring.foundation import Foundation
from parley.core.ids import AccountId, BoxId
from parley.core.peers import Peer
from parley.core.recurring import Recurring
from parley.messenger.accounts import events as account_events
from parley.messenger.accounts.model import PrivacySubject
from parley.messenger.channels import events as channel_events
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.members import Members
from parley.messenger.channels.service import Channels
from parley.messenger.contacts import events as contact_events
from parley.messenger.messages import events as message_events
from parley.messenger.messages import service as messages_service
from parley.messenger.messages.authors import KnownAuthors
from parley.messenger.messages.channel_box import ChannelPosts
from parley.messenger.messages.channel_rights import DirectoryRights, NameOf
from parley.messenger.messages.emptying import Emptying
from parley.messenger.messages.model import BoxEvent
from parley.messenger.messages.ports import SendGate
from parley.messenger.messages.service import Messages
from parley.messenger.search.feed import PostConsumer, PublicFeed
from parley.messenger.search.index import TantivyIndex
from parley.messenger.search.service import SearchService
from parley.messenger.updates.fanout import Fanout
from parley.messenger.updates.onlookers import Onlookers
from parley.messenger.updates.service import Updates
from parley.messenger.updates.wakeups import Wakeups
from parley.rpc.push.encoder import PushEncoder
from parley.rpc.push.own_devices import OwnDevices
from parley.rpc.push.passing import PassingSigns

#: Hears which box something was committed in; never waits.
BoxWatcher = Callable[[BoxId], None]
_EMPTYING_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class MessengerServices:
    """The services of channels, messages and search."""

    directory: Directory
    channels: Channels
    members: Members
    messages: Messages
    emptying: Recurring
    updates: Updates
    fanout: Fanout
    wakeups: Wakeups
    passing: PassingSigns
    own_devices: OwnDevices
    index: TantivyIndex
    search: SearchService
    feed: PublicFeed


def build(
    base: Foundation,
    made: AccountServices,
    gate: SendGate,
    service_account: ServiceAccount,
    consumers: Sequence[PostConsumer],
    watchers: Sequence[BoxWatcher] = (),
) -> MessengerServices:
    """Build the services and let their caches follow the events of every process."""
    db, clock, hub = base.of("messenger"), base.clock, base.hub
    directory = Directory(db, clock)
    fanout = Fanout(base.supervisor, PushEncoder(clock, made.people, directory, made.access), directory)
    wakeups = Wakeups(fanout, base.bus, db, base.supervisor)
    rights = DirectoryRights(directory, _name_of(made))
    index = TantivyIndex(base.data_dir / "search")
    feed = PublicFeed(db, index, base.lease("messenger", "search").hold, consumers, fresh=index.fresh)
    messages = messages_service.build(
        db,
        base.supervisor,
        clock,
        lease=base.lease("messenger", "box relay"),
        gate=gate,
        blocks=_Blocks(made),
        rights=rights,
        authors=KnownAuthors(made.accounts, made.privacy),
        sink=_Sink(wakeups, watchers),
        posts=feed,
        events=hub,
    )
    service_account.attach(messages.sending)
    box = ChannelPosts(db, messages)
    services = MessengerServices(
        directory=directory,
        channels=Channels(db, clock, directory, box, hub),
        members=Members(db, clock, directory, box, hub, made.accounts.matching),
        messages=messages,
        emptying=Recurring(Emptying(db, clock).once, base.lease("messenger", "emptying").hold, _EMPTYING_EVERY_S),
        updates=Updates(db, clock, rights),
        fanout=fanout,
        wakeups=wakeups,
        own_devices=OwnDevices(fanout),
        passing=PassingSigns(fanout, made.blocks, Onlookers(db, fanout, made.people)),
        index=index,
        search=SearchService(db, index, clock, feed.entity_changed),
        feed=feed,
    )
    _follow(base, made, services)
    _tell_own_devices(base, made, services)
    return services


class _Sink:
    """Tells the sessions, and whoever reads boxes on the server's side."""

    def __init__(self, wakeups: Wakeups, watchers: Sequence[BoxWatcher]) -> None:
        self._wakeups = wakeups
        self._watchers = watchers

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        """See `EventSink`."""
        self._wakeups.publish(events, origin=origin)
        if events:
            for watcher in self._watchers:
                watcher(events[0].box_id)


class _Blocks:
    """The messages' port `Blocks`, answered from the contacts."""

    def __init__(self, made: AccountServices) -> None:
        self._blocks = made.blocks

    async def has_blocked(self, owner: AccountId, person: AccountId) -> bool:
        """See the port."""
        return await self._blocks.is_blocked(owner, person)


def _name_of(made: AccountServices) -> NameOf:
    async def name(account: AccountId) -> str:
        found = await made.accounts.get(account)
        return f"{found.first_name} {found.last_name}".strip()

    return name


def _follow(base: Foundation, made: AccountServices, services: MessengerServices) -> None:
    async def channel(event: channel_events.ChannelChanged) -> None:
        services.directory.forget(event.channel_id)
        services.feed.entity_changed(Peer.channel(event.channel_id))
        services.passing.channel_changed(event.channel_id)

    async def channel_created(event: channel_events.ChannelCreated) -> None:
        services.directory.forget(event.channel_id)
        services.directory.forget_place(event.channel_id, event.creator_id)
        services.fanout.membership_changed(event.creator_id, event.channel_id, inside=True)

    async def channel_deleted(event: channel_events.ChannelDeleted) -> None:
        services.emptying.wake()
        services.directory.forget(event.channel_id)
        services.feed.entity_changed(Peer.channel(event.channel_id))
        services.passing.channel_changed(event.channel_id)

    async def membership(event: channel_events.MembershipChanged) -> None:
        services.directory.forget_place(event.channel_id, event.account_id)
        services.fanout.membership_changed(event.account_id, event.channel_id, inside=event.inside)
        services.passing.place_changed(event.account_id, event.channel_id)
        services.feed.entity_changed(Peer.channel(event.channel_id))

    async def account(event: account_events.AccountChanged) -> None:
        services.feed.entity_changed(Peer.user(event.account_id))

    async def account_deleted(event: account_events.AccountDeleted) -> None:
        services.emptying.wake()
        services.feed.entity_changed(Peer.user(event.account_id))

    async def presence(event: account_events.PresenceChanged) -> None:
        await services.passing.presence_changed(event.account_id)

    async def username(event: account_events.UsernameChanged) -> None:
        if event.owner is not None:
            services.feed.entity_changed(event.owner)

    hub = base.hub
    hub.listen(channel_events.ChannelChanged, channel)
    hub.listen(channel_events.ChannelCreated, channel_created)
    hub.listen(channel_events.ChannelDeleted, channel_deleted)
    hub.listen(channel_events.MembershipChanged, membership)
    hub.listen(account_events.AccountChanged, account)
    hub.listen(account_events.AccountDeleted, account_deleted)
    hub.listen(account_events.PresenceChanged, presence)
    hub.listen(account_events.UsernameChanged, username)


def _tell_own_devices(base: Foundation, made: AccountServices, services: MessengerServices) -> None:
    """Let an account's other devices hear what one of them changed; the caches have followed before."""

    async def profile(event: account_events.AccountChanged) -> None:
        services.own_devices.profile_changed(await made.accounts.get(event.account_id), event.origin)

    async def number(event: account_events.PhoneChanged) -> None:
        phones = await made.accounts.phones((event.account_id,))
        services.own_devices.number_changed(event.account_id, phones.get(event.account_id, ""))

    async def privacy(event: account_events.PrivacyChanged) -> None:
        subject = PrivacySubject(event.subject)
        rules = await made.privacy.get(event.account_id, subject)
        services.own_devices.privacy_changed(event.account_id, subject, rules, event.origin)

    async def notify_settings(event: account_events.NotifySettingsChanged) -> None:
        settings = await made.preferences.notify_settings(event.account_id, event.scope)
        services.own_devices.notify_settings_changed(event.account_id, event.scope, settings, event.origin)

    hub = base.hub
    hub.listen(account_events.AccountChanged, profile)
    hub.listen(account_events.PhoneChanged, number)
    hub.listen(account_events.PrivacyChanged, privacy)
    hub.listen(account_events.NotifySettingsChanged, notify_settings)
    hub.listen(contact_events.BlockChanged, services.own_devices.blocked)
    hub.listen(message_events.DraftChanged, services.own_devices.draft_changed)
    hub.listen(message_events.DialogPinned, services.own_devices.pinned)
    hub.listen(message_events.PinnedReordered, services.own_devices.reordered)
    hub.listen(message_events.UnreadMarked, services.own_devices.unread_marked)
    hub.listen(message_events.BarHidden, services.own_devices.bar_hidden)
    hub.listen(message_events.MentionsRead, services.own_devices.mentions_read)
