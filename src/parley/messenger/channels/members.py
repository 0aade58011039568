"""The actions on places in a channel: joining, leaving, inviting, administrators, restrictions, lists, links."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime
from functools import partial

import asyncpg

from parley.core.clock import Clock
from parley.core.ids import AccountId, ChannelId
from parley.messenger import calls
from parley.messenger.channels import member_store, rules, store
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.events import ChannelChanged, MembershipChanged
from parley.messenger.channels.model import (
    Channel,
    ChannelCounts,
    Invite,
    InviteTerms,
    MemberFilter,
    MemberPage,
    Membership,
    Restriction,
    Right,
    Role,
    Standing,
)
from parley.messenger.channels.ports import ChannelBox, Events
from parley.messenger.errors import BadRequest, Forbidden
from parley.storage.database import Database

_PAGE = 200
_SEARCHED = 10_000
_INSIDE = (Role.CREATOR, Role.ADMIN, Role.MEMBER)

#: Chooses those of many accounts whose names or usernames start with a query.
NameMatcher = Callable[[Collection[AccountId], str], Awaitable[list[AccountId]]]


class Members:
    """Who belongs to which channel, and with which rights."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Directory,
        box: ChannelBox,
        events: Events,
        match_names: NameMatcher,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._box = box
        self._events = events
        self._match_names = match_names

    async def join(self, account: AccountId, channel_id: ChannelId) -> Channel:
        """Join a public channel; again does nothing.

        Raises:
            BadRequest: CHANNEL_INVALID, CHANNEL_PRIVATE, CHANNELS_TOO_MUCH.
        """
        await self._directory.visible(account, channel_id)
        return await self._enter(account, channel_id, None)

    async def leave(self, account: AccountId, channel_id: ChannelId) -> Channel:
        """Leave a channel.

        Raises:
            BadRequest: CHANNEL_INVALID, USER_NOT_PARTICIPANT, USER_CREATOR.
        """
        channel = await self._directory.get(channel_id)
        async with self._db.transaction() as conn:
            before = await self._place(conn, channel_id, account)
            if before is None or not rules.is_member(before):
                raise BadRequest("USER_NOT_PARTICIPANT")
            if before.role is Role.CREATOR and not channel.deleted:
                raise BadRequest("USER_CREATOR")
            left = replace(before, role=Role.LEFT, rights=frozenset(), rank="")
            await self._write(conn, before, left)
        await self._told(before, left)
        return await self._directory.get(channel_id)

    async def invite(
        self, actor: AccountId, channel_id: ChannelId, people: Collection[AccountId]
    ) -> tuple[Channel, list[AccountId]]:
        """Bring people in; gives those who came. Whether each wants to be invited is asked before.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED, USERS_TOO_MUCH.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        if not rules.may_change(channel, place, Right.INVITE_USERS, Restriction.INVITE_USERS):
            raise BadRequest("CHAT_ADMIN_REQUIRED")
        if len(people) > rules.MOST_INVITED:
            raise BadRequest("USERS_TOO_MUCH")
        came = []
        for person in dict.fromkeys(people):
            known = await self._directory.membership(channel_id, person)
            if rules.is_member(known) or (known is not None and known.role is Role.BANNED):
                continue
            await self._enter(person, channel_id, actor)
            came.append(person)
        return await self._directory.get(channel_id), came

    async def edit_admin(
        self, actor: AccountId, channel_id: ChannelId, person: AccountId, rights: frozenset[Right], rank: str
    ) -> Channel:
        """Give somebody rights, or with none make an administrator a member again.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED, USER_CREATOR, ADMINS_TOO_MUCH,
                ADMIN_RANK_INVALID, USER_NOT_PARTICIPANT.
            Forbidden: RIGHT_FORBIDDEN.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        if place is None:
            raise BadRequest("CHAT_ADMIN_REQUIRED")
        title = rules.rank(rank)
        async with self._db.transaction() as conn:
            before = await self._place(conn, channel_id, person)
            rules.check_promotion(place, before, rights)
            if rights and (await member_store.counts(conn, channel_id)).admins >= rules.MOST_ADMINS:
                raise BadRequest("ADMINS_TOO_MUCH")
            after = self._promoted(channel, before, person, actor, rights, title)
            await self._write(conn, before, after)
        await self._told(before, after)
        return await self._directory.get(channel_id)

    async def edit_banned(
        self,
        actor: AccountId,
        channel_id: ChannelId,
        person: AccountId,
        restrictions: frozenset[Restriction],
        until: datetime | None,
    ) -> Channel:
        """Restrict somebody, ban them (`VIEW_MESSAGES`), or with nothing lift what was set.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED, USER_ADMIN_INVALID, USER_ID_INVALID.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        if place is None:
            raise BadRequest("CHAT_ADMIN_REQUIRED")
        if person == actor:
            raise BadRequest("USER_ID_INVALID")
        now = self._clock.now()
        async with self._db.transaction() as conn:
            before = await self._place(conn, channel_id, person)
            rules.check_ban(place, before)
            after = _restricted(channel, before, person, actor, restrictions, rules.until(until, now), now)
            await self._write(conn, before, after)
        await self._told(before, after)
        return await self._directory.get(channel_id)

    async def page(
        self, viewer: AccountId, channel_id: ChannelId, wanted: MemberFilter, query: str, offset: int, limit: int
    ) -> MemberPage:
        """Give one page of members.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED.
        """
        channel, place = await self._directory.visible(viewer, channel_id)
        rules.check_list(channel, place, wanted)
        offset, limit = max(0, offset), min(max(0, limit), _PAGE)
        if query and wanted is not MemberFilter.ADMINS:
            return await self._matching(channel_id, wanted, query, offset, limit)
        counts = await member_store.counts(self._db, channel_id)
        if wanted is MemberFilter.BANNED:
            found = await member_store.restricted(self._db, channel_id, offset, limit)
            return MemberPage(tuple(found), counts.banned)
        if wanted is MemberFilter.BOTS:
            return MemberPage((), 0)
        found = await member_store.page(self._db, channel_id, _roles(wanted), offset, limit)
        totals = {MemberFilter.ADMINS: counts.admins, MemberFilter.KICKED: counts.kicked}
        return MemberPage(tuple(found), totals.get(wanted, channel.members))

    async def counts(self, channel_id: ChannelId) -> ChannelCounts:
        """Count administrators, banned and restricted people."""
        return await member_store.counts(self._db, channel_id)

    async def participant(self, viewer: AccountId, channel_id: ChannelId, person: AccountId) -> Membership:
        """Give somebody's place in a channel; one's own is always shown.

        Raises:
            BadRequest: CHANNEL_INVALID, CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED, USER_NOT_PARTICIPANT.
        """
        if viewer != person:
            channel, place = await self._directory.visible(viewer, channel_id)
            rules.check_list(channel, place, MemberFilter.RECENT)
        else:
            await self._directory.visible(viewer, channel_id)
        found = await self._directory.membership(channel_id, person)
        if found is None or found.role is Role.LEFT:
            raise BadRequest("USER_NOT_PARTICIPANT")
        return found

    async def export_invite(self, actor: AccountId, channel_id: ChannelId, *, renewed_by: int = 0) -> Invite:
        """Give an administrator's own invite link; the call `renewed_by` puts a new one in place of the old, once.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        rules.check_right(channel, place, Right.INVITE_USERS)
        if renewed_by:
            return await self._linked_once(actor, renewed_by, partial(self._renew, actor, channel_id))
        async with self._db.transaction() as conn:
            before = await store.invite_of(conn, channel_id, actor)
            known = None if before is None else await store.invite(conn, before)
            if known is not None and not known.revoked:
                return known
            return await self._renew(actor, channel_id, conn)

    async def bounded_invite(
        self, actor: AccountId, channel_id: ChannelId, terms: InviteTerms, call_id: int
    ) -> Invite:
        """Make a link beside one's own that ends by its terms; the same call again gives the same link.

        Raises:
            BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED, EXPIRE_DATE_INVALID, USAGE_LIMIT_INVALID,
                TITLE_INVALID.
        """
        channel, place = await self._directory.visible(actor, channel_id)
        rules.check_right(channel, place, Right.INVITE_USERS)
        now = self._clock.now()
        rules.check_terms(terms, now)
        link = Invite(secrets.token_urlsafe(12), channel_id, actor, now, permanent=False, terms=terms)

        async def add(conn: asyncpg.Connection) -> Invite:
            await store.add_invite(conn, link)
            return link

        return await self._linked_once(actor, call_id, add)

    async def check_invite(self, invite_hash: str) -> tuple[Invite, Channel]:
        """Find where an invite link leads.

        Raises:
            BadRequest: INVITE_HASH_EMPTY, INVITE_HASH_EXPIRED.
        """
        if not invite_hash:
            raise BadRequest("INVITE_HASH_EMPTY")
        link = await store.invite(self._db, invite_hash)
        if link is None or not rules.is_open(link, self._clock.now()):
            raise BadRequest("INVITE_HASH_EXPIRED")
        channel = await self._directory.get(link.channel_id)
        if channel.deleted or channel.standing is Standing.SUSPENDED:
            raise BadRequest("INVITE_HASH_EXPIRED")
        return link, channel

    async def join_by_invite(self, account: AccountId, invite_hash: str) -> Channel:
        """Join by an invite link.

        Raises:
            BadRequest: INVITE_HASH_EMPTY, INVITE_HASH_EXPIRED, USER_ALREADY_PARTICIPANT, CHANNELS_TOO_MUCH.
            Forbidden: USER_BANNED_IN_CHANNEL.
        """
        link, channel = await self.check_invite(invite_hash)
        place = await self._directory.membership(channel.channel_id, account)
        if rules.is_member(place):
            raise BadRequest("USER_ALREADY_PARTICIPANT")
        if place is not None and place.role is Role.BANNED:
            raise BadRequest("INVITE_HASH_EXPIRED")
        return await self._enter(account, channel.channel_id, link.account_id, link)

    async def account_deleted(self, account: AccountId) -> None:
        """Let a deleted account leave everything; channels that it made stay, without anybody to run them."""
        for channel_id in await self._directory.of_account(account):
            async with self._db.transaction() as conn:
                before = await self._place(conn, channel_id, account)
                if before is None or not rules.is_member(before):
                    continue
                left = replace(before, role=Role.LEFT, rights=frozenset(), rank="")
                await self._write(conn, before, left)
            await self._told(before, left)

    async def _renew(self, actor: AccountId, channel_id: ChannelId, conn: asyncpg.Connection) -> Invite:
        link = Invite(secrets.token_urlsafe(12), channel_id, actor, self._clock.now())
        await store.write_invite(conn, link, await store.invite_of(conn, channel_id, actor))
        return link

    async def _linked_once(
        self, actor: AccountId, call_id: int, make: Callable[[asyncpg.Connection], Awaitable[Invite]]
    ) -> Invite:
        async def remembered(conn: asyncpg.Connection) -> calls.Result:
            return {"invite": (await make(conn)).hash}

        result = await calls.once(self._db, actor, call_id, self._clock.now(), remembered)
        link = await store.invite(self._db, calls.made(result, "invite"))
        assert link is not None, "links are revoked, never deleted"
        return link

    async def _enter(
        self, account: AccountId, channel_id: ChannelId, inviter: AccountId | None, link: Invite | None = None
    ) -> Channel:
        if len(await self._directory.of_account(account)) >= rules.MOST_CHANNELS:
            raise BadRequest("CHANNELS_TOO_MUCH")
        now = self._clock.now()
        async with self._db.transaction() as conn:
            before = await self._place(conn, channel_id, account)
            if before is not None and before.role is Role.BANNED:
                raise Forbidden("USER_BANNED_IN_CHANNEL")
            inside = before is not None and rules.is_member(before)
            after = _entered(channel_id, before, account, inviter, now)
            if not inside:
                if link is not None and not await store.use_invite(conn, link.hash):
                    raise BadRequest("INVITE_HASH_EXPIRED")
                await self._write(conn, before, after)
        if not inside:
            await self._told(before, after)
        await self._box.joined(account, channel_id)
        return await self._directory.get(channel_id)

    async def _place(
        self, conn: asyncpg.Connection, channel_id: ChannelId, account: AccountId
    ) -> Membership | None:
        """Read a place while holding the channel, so that two changes of one place follow each other."""
        await store.lock(conn, channel_id)
        found = await member_store.place(conn, channel_id, account)
        return None if found is None else rules.in_force(found, self._clock.now())

    async def _write(self, conn: asyncpg.Connection, before: Membership | None, after: Membership) -> None:
        """Write a place with all that hangs on it: the account's list, the number of members, the version."""
        was, is_now = rules.is_member(before), rules.is_member(after)
        await member_store.write(conn, after)
        if is_now and not was:
            await store.add_to_account(conn, after.account_id, after.channel_id, after.joined_at)
        if was and not is_now:
            await store.remove_from_account(conn, after.account_id, after.channel_id)
        if was != is_now:
            await store.count_members(conn, after.channel_id, 1 if is_now else -1)
        if before is not None and was:
            await store.raise_version(conn, after.channel_id)

    async def _told(self, before: Membership | None, after: Membership) -> None:
        inside = rules.is_member(after)
        self._directory.forget(after.channel_id)
        self._directory.forget_place(after.channel_id, after.account_id)
        if rules.is_member(before) and not inside:
            await self._box.left(after.account_id, after.channel_id)
        elif inside and not rules.is_member(before):
            await self._box.joined(after.account_id, after.channel_id)
        await self._events.publish(MembershipChanged(after.channel_id, after.account_id, inside))
        await self._events.publish(ChannelChanged(after.channel_id))

    def _promoted(
        self,
        channel: Channel,
        before: Membership | None,
        person: AccountId,
        actor: AccountId,
        rights: frozenset[Right],
        rank: str,
    ) -> Membership:
        if before is not None and before.role is Role.BANNED:
            raise BadRequest("USER_NOT_PARTICIPANT")
        if before is None or before.role is Role.LEFT:
            if not rights:
                raise BadRequest("USER_NOT_PARTICIPANT")
            before = Membership(channel.channel_id, person, Role.MEMBER, self._clock.now(), actor)
        role = Role.ADMIN if rights else Role.MEMBER
        return replace(
            before, role=role, rights=rights, rank=rank if rights else "", by_id=actor,
            restrictions=frozenset(), restricted_until=None,
        )  # fmt: skip

    async def _matching(
        self, channel_id: ChannelId, wanted: MemberFilter, query: str, offset: int, limit: int
    ) -> MemberPage:
        roles = _roles(wanted) if wanted is not MemberFilter.BANNED else (Role.MEMBER,)
        all_of_them = await member_store.page(self._db, channel_id, roles, 0, _SEARCHED)
        if wanted is MemberFilter.BANNED:
            all_of_them = [place for place in all_of_them if place.restrictions]
        places = {place.account_id: place for place in all_of_them}
        found = await self._match_names(places.keys(), query)
        return MemberPage(tuple(places[a] for a in found[offset : offset + limit]), len(found))


def _roles(wanted: MemberFilter) -> tuple[Role, ...]:
    if wanted is MemberFilter.ADMINS:
        return (Role.CREATOR, Role.ADMIN)
    if wanted is MemberFilter.KICKED:
        return (Role.BANNED,)
    return _INSIDE


def _entered(
    channel_id: ChannelId, before: Membership | None, account: AccountId, inviter: AccountId | None, now: datetime
) -> Membership:
    """A restricted member who left and comes back is still restricted."""
    if before is None:
        return Membership(channel_id, account, Role.MEMBER, now, inviter)
    return replace(before, role=Role.MEMBER, joined_at=now, inviter_id=inviter)


def _restricted(
    channel: Channel,
    before: Membership | None,
    person: AccountId,
    actor: AccountId,
    restrictions: frozenset[Restriction],
    until: datetime | None,
    now: datetime,
) -> Membership:
    start = before or Membership(channel.channel_id, person, Role.LEFT, now)
    if Restriction.VIEW_MESSAGES in restrictions:
        role = Role.BANNED
    elif start.role is Role.BANNED:
        role = Role.LEFT
    else:
        role = Role.MEMBER if rules.is_member(start) else start.role
    return replace(
        start, role=role, rights=frozenset(), rank="", restrictions=restrictions,
        restricted_until=until, by_id=actor,
    )  # fmt: skip
