"""Channels: who may see, join, post and change them, and that a repeated call makes no second one."""

from datetime import timedelta

import pytest

from parley.core.peers import Peer
from parley.messenger.accounts.events import UsernameChanged
from parley.messenger.channels import rules
from parley.messenger.channels.model import (
    ChannelKind,
    MemberFilter,
    Restriction,
    Right,
    Role,
    Standing,
)
from parley.messenger.errors import BadRequest, Forbidden

BROADCAST, SUPERGROUP = ChannelKind.BROADCAST, ChannelKind.SUPERGROUP


@pytest.fixture
async def dave(messenger):
    return await messenger.sign_up("+4930444444", "Dave")


@pytest.fixture
async def alice(messenger):
    return await messenger.sign_up("+4930111111", "Alice", "Adams")


@pytest.fixture
async def public(messenger, dave):
    channel, _ = await messenger.channels.create(dave, BROADCAST, "Boat news", "All about boats", 7)
    return await messenger.channels.set_username(dave, channel.channel_id, "boatnews")


@pytest.fixture
async def group(messenger, dave):
    channel, _ = await messenger.channels.create(dave, SUPERGROUP, "Crew", "", 8)
    return await messenger.channels.set_username(dave, channel.channel_id, "crewgroup")


async def test_a_repeated_creating_call_finds_the_channel_that_it_made(messenger, restarted, dave):
    channel, event = await messenger.channels.create(dave, BROADCAST, "Boats", "", 7)
    again, same_event = await restarted.channels.create(dave, BROADCAST, "Boats", "", 7)
    assert (again.channel_id, same_event) == (channel.channel_id, event)
    assert await messenger.directory.of_account(dave) == (channel.channel_id,)
    assert (await messenger.directory.get(channel.channel_id)).members == 1


async def test_a_public_channel_is_found_by_its_name_and_joined_once(messenger, public, alice):
    assert await messenger.accounts.by_username("BoatNews") == Peer.channel(public.channel_id)
    for _ in range(2):
        joined = await messenger.members.join(alice, public.channel_id)
    assert joined.members == 2
    assert messenger.recorder.joins[-1] == (alice, public.channel_id)
    assert await messenger.directory.of_account(alice) == (public.channel_id,)
    left = await messenger.members.leave(alice, public.channel_id)
    assert left.members == 1
    assert messenger.recorder.leaves == [(alice, public.channel_id)]
    with pytest.raises(BadRequest, match="USER_NOT_PARTICIPANT"):
        await messenger.members.leave(alice, public.channel_id)


async def test_a_private_channel_looks_closed_to_strangers_and_opens_by_its_link(messenger, dave, alice):
    channel, _ = await messenger.channels.create(dave, BROADCAST, "Secret", "", 7)
    with pytest.raises(BadRequest, match="CHANNEL_PRIVATE"):
        await messenger.members.join(alice, channel.channel_id)
    link = await messenger.members.export_invite(dave, channel.channel_id)
    assert await messenger.members.export_invite(dave, channel.channel_id) == link
    await messenger.members.join_by_invite(alice, link.hash)
    assert rules.is_member(await messenger.directory.membership(channel.channel_id, alice))
    with pytest.raises(BadRequest, match="USER_ALREADY_PARTICIPANT"):
        await messenger.members.join_by_invite(alice, link.hash)
    await messenger.members.export_invite(dave, channel.channel_id, renewed_by=9)
    with pytest.raises(BadRequest, match="INVITE_HASH_EXPIRED"):
        await messenger.members.check_invite(link.hash)


async def test_only_those_with_the_right_change_a_channel(messenger, public, dave, alice):
    await messenger.members.join(alice, public.channel_id)
    with pytest.raises(BadRequest, match="CHAT_ADMIN_REQUIRED"):
        await messenger.channels.edit_title(alice, public.channel_id, "Mine", 9)
    rights = frozenset({Right.CHANGE_INFO, Right.POST_MESSAGES})
    await messenger.members.edit_admin(dave, public.channel_id, alice, rights, "editor")
    changed, _ = await messenger.channels.edit_title(alice, public.channel_id, "Boats today", 9)
    assert changed.title == "Boats today"
    with pytest.raises(BadRequest, match="CHAT_ADMIN_REQUIRED"):
        await messenger.channels.set_username(alice, public.channel_id, "stolenname")
    with pytest.raises(BadRequest, match="CHAT_ADMIN_REQUIRED"):
        await messenger.members.edit_admin(alice, public.channel_id, dave + 1, rights, "")


async def test_an_administrator_gives_no_right_that_they_lack(messenger, group, dave, alice):
    bob = await messenger.sign_up("+4930222222", "Bob")
    await messenger.members.join(bob, group.channel_id)
    rights = frozenset({Right.ADD_ADMINS, Right.CHANGE_INFO})
    await messenger.members.edit_admin(dave, group.channel_id, alice, rights, "")
    with pytest.raises(Forbidden, match="RIGHT_FORBIDDEN"):
        await messenger.members.edit_admin(alice, group.channel_id, bob, frozenset({Right.BAN_USERS}), "")
    with pytest.raises(BadRequest, match="USER_CREATOR"):
        await messenger.members.edit_admin(alice, group.channel_id, dave, frozenset(), "")


async def test_who_may_post_where(messenger, public, group, dave, alice):
    await messenger.members.join(alice, public.channel_id)
    await messenger.members.join(alice, group.channel_id)

    async def check(account, channel):
        found = await messenger.directory.get(channel.channel_id)
        rules.check_post(found, await messenger.directory.membership(channel.channel_id, account))

    await check(dave, public)
    await check(alice, group)
    with pytest.raises(Forbidden, match="CHAT_WRITE_FORBIDDEN"):
        await check(alice, public)
    restricted = frozenset({Restriction.SEND_MESSAGES})
    await messenger.members.edit_banned(dave, group.channel_id, alice, restricted, None)
    with pytest.raises(Forbidden, match="CHAT_WRITE_FORBIDDEN"):
        await check(alice, group)
    await messenger.members.edit_banned(dave, group.channel_id, alice, frozenset(), None)
    await check(alice, group)
    await messenger.channels.set_standing(public.channel_id, Standing.READ_ONLY)
    with pytest.raises(Forbidden, match="CHAT_WRITE_FORBIDDEN"):
        await check(dave, public)


async def test_a_ban_shuts_out_and_ends_when_it_was_said_to(messenger, group, dave, alice):
    await messenger.members.join(alice, group.channel_id)
    ban = frozenset({Restriction.VIEW_MESSAGES})
    until = messenger.clock.now() + timedelta(hours=1)
    before = await messenger.directory.get(group.channel_id)
    after = await messenger.members.edit_banned(dave, group.channel_id, alice, ban, until)
    assert (after.members, after.version > before.version) == (1, True)
    with pytest.raises(BadRequest, match="CHANNEL_PRIVATE"):
        await messenger.members.join(alice, group.channel_id)
    messenger.clock.advance(3601)
    assert (await messenger.members.join(alice, group.channel_id)).members == 2
    with pytest.raises(BadRequest, match="CHAT_ADMIN_REQUIRED"):
        await messenger.members.edit_banned(alice, group.channel_id, dave, ban, None)


async def test_lists_of_members(messenger, public, group, dave, alice):
    await messenger.members.join(alice, group.channel_id)
    await messenger.members.join(alice, public.channel_id)
    page = await messenger.members.page(alice, group.channel_id, MemberFilter.RECENT, "", 0, 10)
    assert ({m.account_id for m in page.members}, page.count) == ({alice, dave}, 2)
    page = await messenger.members.page(alice, group.channel_id, MemberFilter.ADMINS, "", 0, 10)
    assert [(m.account_id, m.role) for m in page.members] == [(dave, Role.CREATOR)]
    page = await messenger.members.page(alice, group.channel_id, MemberFilter.SEARCH, "ada", 0, 10)
    assert [m.account_id for m in page.members] == [alice]
    with pytest.raises(BadRequest, match="CHAT_ADMIN_REQUIRED"):
        await messenger.members.page(alice, public.channel_id, MemberFilter.RECENT, "", 0, 10)
    me = await messenger.members.participant(alice, public.channel_id, alice)
    assert me.role is Role.MEMBER


async def test_a_suspended_channel_is_closed_to_all_and_can_be_left(messenger, restarted, public, dave, alice):
    await messenger.members.join(alice, public.channel_id)
    await messenger.channels.set_standing(public.channel_id, Standing.SUSPENDED)
    await messenger.channels.set_standing(public.channel_id, Standing.SUSPENDED)
    for account in (alice, dave):
        with pytest.raises(BadRequest, match="CHANNEL_PRIVATE"):
            await restarted.directory.visible(account, public.channel_id)
    await restarted.members.leave(alice, public.channel_id)
    await messenger.channels.set_standing(public.channel_id, Standing.OPEN)
    assert (await messenger.directory.visible(alice, public.channel_id))[0].members == 1


async def test_a_deleted_channel_frees_its_username(messenger, public, dave, alice):
    with pytest.raises(Forbidden, match="CHAT_ADMIN_REQUIRED"):
        await messenger.channels.delete(alice, public.channel_id)
    await messenger.channels.delete(dave, public.channel_id)
    assert messenger.recorder.of(UsernameChanged)[-1] == UsernameChanged("boatnews", None)
    await messenger.accounts.set_username(alice, "boatnews")
    with pytest.raises(BadRequest, match="CHANNEL_PRIVATE"):
        await messenger.directory.visible(dave, public.channel_id)


async def test_bad_titles_and_taken_usernames_are_refused(messenger, public, dave, alice):
    for title, refusal in (("  ", "CHAT_TITLE_EMPTY"), ("x" * 129, "TITLE_INVALID")):
        with pytest.raises(BadRequest, match=refusal):
            await messenger.channels.create(dave, BROADCAST, title, "", 10)
    other, _ = await messenger.channels.create(alice, BROADCAST, "Other", "", 11)
    assert not await messenger.channels.check_username(alice, other.channel_id, "BOATNEWS")
    with pytest.raises(BadRequest, match="USERNAME_OCCUPIED"):
        await messenger.channels.set_username(alice, other.channel_id, "BoatNews")


async def test_people_are_invited_by_those_who_may(messenger, group, dave, alice):
    channel, came = await messenger.members.invite(dave, group.channel_id, [alice, dave, alice])
    assert (channel.members, came) == (2, [alice])
    invited = await messenger.directory.membership(group.channel_id, alice)
    assert invited.inviter_id == dave


async def test_a_deleted_account_leaves_its_channels(messenger, group, alice):
    await messenger.members.join(alice, group.channel_id)
    await messenger.members.account_deleted(alice)
    await messenger.members.account_deleted(alice)
    assert (await messenger.directory.get(group.channel_id)).members == 1
    assert await messenger.directory.of_account(alice) == ()
