"""The actions on a channel itself: creating, naming, deleting, and its standing."""

from __future__ import annotations

from dataclasses import replace

import asyncpg

from parley.core.clock import Clock
from parley.core.ids import AccountId, ChannelId, box_of_channel, new_public_id
from parley.core.peers import Peer
from parley.messenger import calls
from parley.messenger.accounts import rules as account_rules
from parley.messenger.accounts import store as account_store
from parley.messenger.accounts.events import UsernameChanged
from parley.messenger.channels import member_store, rules, store
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.events import (
    ChannelChanged,
    ChannelCreated,
    ChannelDeleted,
    MembershipChanged,
)
from parley.messenger.channels.model import (
    Channel,
    ChannelKind,
    Membership,
    Restriction,
    Right,
    Role,
    Standing,
)
from parley.messenger.channels.ports import ChannelBox, Events
from parley.messenger.errors import BadRequest, Forbidden
from parley.messenger.messages import emptying_store
from parley.messenger.messages.model import Action, BoxEvent, ServiceAction
from parley.storage.database import Database


class Channels:
    """Channels and supergroups."""

    def __init__(self, db: Database, clock: Clock, directory: Directory, box: ChannelBox, events: Events) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._box = box
        self._events = events

    async def create(
        self, creator: AccountId, kind: ChannelKind, title: str, about: str, call_id: int
    ) -> tuple[Channel, BoxEvent]:
        """Make a channel and post its first service message; the same call again finds the same channel.

        Raises:
            BadRequest: CHAT_TITLE_EMPTY, TITLE_INVALID, CHAT_ABOUT_TOO_LONG, CHANNELS_TOO_MUCH.
        """
        full = len(await self._directory.of_account(creator)) >= rules.MOST_CHANNELS
        if full and await calls.earlier(self._db, creator, call_id) is None:
            raise BadRequest("CHANNELS_TOO_MUCH")
        made = await self._create(creator, kind, rules.title(title), rules.about(about), call_id)
        channel = await self._directory.get(made)
        action = ServiceAction(Action.CHANNEL_CREATE, channel.title)
        event = await self._box.announce(channel, creator, action, call_id)
        await self._box.joined(creator, made)
        return channel, event

    async def edit_title(
        self, actor: AccountId, channel_id: ChannelId, title: str, call_id: int
    ) -> tuple[Channel, BoxEvent]:
        """Rename a channel and say so in it; the same call again says it once.

        Raises:
            BadRequest: CHAT_TITLE_EMPTY, TITLE_INVALID, CHAT_NOT_MODIFIED, CHANNEL_PRIVATE,
                CHAT_ADMIN_REQUIRED.
        """
        channel = await self._changeable(actor, channel_id)
        new = rules.title(title)
        if new == channel.title and await calls.earlier(self._db, actor, call_id) is None:
            raise BadRequest("CHAT_NOT_MODIFIED")

        async def rename(conn: asyncpg.Connection) -> calls.Result:
            await store.set_texts(conn, channel_id, new, channel.about)
            return {"title": channel_id}

        calls.made(await calls.once(self._db, actor, call_id, self._clock.now(), rename), "title")
        await self._changed(channel_id)
        after = replace(channel, title=new)
        event = await self._box.announce(after, actor, ServiceAction(Action.CHANNEL_EDIT_TITLE, new), call_id)
        return after, event

    async def edit_about(self, actor: AccountId, channel_id: ChannelId, about: str) -> None:
        """Change a channel's description.

        Raises:
            BadRequest: CHAT_ABOUT_TOO_LONG, CHAT_ABOUT_NOT_MODIFIED, CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED.
        """
        channel = await self._changeable(actor, channel_id)
        new = rules.about(about)
        if new == channel.about:
            raise BadRequest("CHAT_ABOUT_NOT_MODIFIED")
        await store.set_texts(self._db, channel_id, channel.title, new)
        await self._changed(channel_id)

    async def toggle_signatures(self, actor: AccountId, channel_id: ChannelId, signatures: bool) -> Channel:
        """Let posts carry their author's name, or not.

        Raises:
            BadRequest: CHAT_NOT_MODIFIED, CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED.
        """
        channel = await self._changeable(actor, channel_id)
        if channel.signatures == signatures:
            raise BadRequest("CHAT_NOT_MODIFIED")
        await store.set_signatures(self._db, channel_id, signatures)
        await self._changed(channel_id)
        return await self._directory.get(channel_id)

    async def check_username(self, actor: AccountId, channel_id: ChannelId | None, username: str) -> bool:
        """Tell whether a channel, or a new one of this account, may take a username.

        Raises:
            BadRequest: USERNAME_INVALID, CHANNELS_ADMIN_PUBLIC_TOO_MUCH, CHANNEL_PRIVATE.
        """
        name = account_rules.username(username)
        if channel_id is not None:
            await self._owned(actor, channel_id)
        await self.check_public_room(actor, channel_id)
        holder = await account_store.owner_of_name(self._db, account_rules.fold_username(name))
        return holder is None or (channel_id is not None and holder == Peer.channel(channel_id))

    async def set_username(self, actor: AccountId, channel_id: ChannelId, username: str) -> Channel:
        """Make a channel public under a username, or private with an empty one.

        Raises:
            BadRequest: USERNAME_INVALID, USERNAME_OCCUPIED, USERNAME_NOT_MODIFIED, CHANNEL_PRIVATE,
                CHAT_ADMIN_REQUIRED, CHANNELS_ADMIN_PUBLIC_TOO_MUCH.
        """
        channel = await self._owned(actor, channel_id)
        new = account_rules.username(username) if username else None
        if new == channel.username:
            raise BadRequest("USERNAME_NOT_MODIFIED")
        if new is not None and channel.username is None:
            await self.check_public_room(actor, channel_id)
        await self._swap_username(channel, new)
        await self._changed(channel_id)
        if channel.username and (not new or new.lower() != channel.username.lower()):
            await self._events.publish(UsernameChanged(channel.username, None))
        if new:
            await self._events.publish(UsernameChanged(new, Peer.channel(channel_id)))
        return await self._directory.get(channel_id)

    async def public_of(self, account: AccountId) -> list[Channel]:
        """Give the public channels that an account has made."""
        mine = await self._directory.get_many(await self._directory.of_account(account))
        return [c for c in mine.values() if c.creator_id == account and c.username and not c.deleted]

    async def check_public_room(self, account: AccountId, but: ChannelId | None = None) -> None:
        """Refuse another public channel of an account that has as many as it may.

        Raises:
            BadRequest: CHANNELS_ADMIN_PUBLIC_TOO_MUCH.
        """
        public = [c for c in await self.public_of(account) if c.channel_id != but]
        if len(public) >= rules.MOST_PUBLIC:
            raise BadRequest("CHANNELS_ADMIN_PUBLIC_TOO_MUCH")

    async def set_default_restrictions(
        self, actor: AccountId, channel_id: ChannelId, restrictions: frozenset[Restriction]
    ) -> Channel:
        """Say what the members of a supergroup may not do.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED, CHAT_NOT_MODIFIED.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        rules.check_right(channel, place, Right.BAN_USERS)
        if restrictions == channel.default_restrictions:
            raise BadRequest("CHAT_NOT_MODIFIED")
        await store.set_default_restrictions(self._db, channel_id, restrictions)
        await self._changed(channel_id)
        return await self._directory.get(channel_id)

    async def set_standing(self, channel_id: ChannelId, standing: Standing) -> None:
        """Open a channel, bar new posts, or suspend it: what enforcement does; again does nothing.

        Raises:
            BadRequest: CHANNEL_INVALID.
        """
        await self._directory.get(channel_id)
        if await store.set_standing(self._db, channel_id, standing):
            await self._changed(channel_id)

    async def delete(self, actor: AccountId, channel_id: ChannelId) -> Channel:
        """Delete a channel, which its creator alone may do; its username is free, its posts go soon.

        Raises:
            BadRequest: CHANNEL_INVALID, CHANNEL_PRIVATE.
            Forbidden: CHAT_ADMIN_REQUIRED.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        if place is None or place.role is not Role.CREATOR:
            raise Forbidden("CHAT_ADMIN_REQUIRED")
        now = self._clock.now()
        async with self._db.transaction() as conn:
            if channel.username:
                folded = account_rules.fold_username(channel.username)
                await account_store.free_name(conn, folded, Peer.channel(channel_id), now)
            await store.mark_deleted(conn, channel_id, now)
            await emptying_store.begin(conn, box_of_channel(channel_id), now)
        self._directory.forget(channel_id)
        if channel.username:
            await self._events.publish(UsernameChanged(channel.username, None))
        await self._events.publish(ChannelDeleted(channel_id))
        return await self._directory.get(channel_id)

    async def _create(
        self, creator: AccountId, kind: ChannelKind, title: str, about: str, call_id: int
    ) -> ChannelId:
        now = self._clock.now()

        async def make(conn: asyncpg.Connection) -> calls.Result:
            made = ChannelId(new_public_id())
            while not await store.insert(conn, Channel(made, kind, title, about, None, creator, now, 0)):
                made = ChannelId(new_public_id())
            await member_store.write(conn, Membership(made, creator, Role.CREATOR, now))
            await store.count_members(conn, made, 1)
            await store.add_to_account(conn, creator, made, now)
            return {"channel": made}

        channel_id = ChannelId(calls.made(await calls.once(self._db, creator, call_id, now, make), "channel"))
        self._directory.forget(channel_id)
        self._directory.forget_place(channel_id, creator)
        await self._events.publish(ChannelCreated(channel_id, creator))
        await self._events.publish(MembershipChanged(channel_id, creator, inside=True))
        return channel_id

    async def _changeable(self, actor: AccountId, channel_id: ChannelId) -> Channel:
        channel, place = await self._directory.visible(actor, channel_id)
        if not rules.may_change(channel, place, Right.CHANGE_INFO, Restriction.CHANGE_INFO):
            raise BadRequest("CHAT_ADMIN_REQUIRED")
        return channel

    async def _owned(self, actor: AccountId, channel_id: ChannelId) -> Channel:
        channel, place = await self._directory.visible(actor, channel_id)
        if place is None or place.role is not Role.CREATOR:
            raise BadRequest("CHAT_ADMIN_REQUIRED")
        return channel

    async def _swap_username(self, channel: Channel, new: str | None) -> None:
        owner, now, old = Peer.channel(channel.channel_id), self._clock.now(), channel.username
        respelt = old and new and old.lower() == new.lower()
        async with self._db.transaction() as conn:
            if old and not respelt:
                await account_store.free_name(conn, account_rules.fold_username(old), owner, now)
            if new and not respelt:
                folded = account_rules.fold_username(new)
                if not await account_store.take_name(conn, folded, owner, now):
                    raise BadRequest("USERNAME_OCCUPIED")
            await store.set_username(conn, channel.channel_id, new)

    async def _changed(self, channel_id: ChannelId) -> None:
        self._directory.forget(channel_id)
        await self._events.publish(ChannelChanged(channel_id))
