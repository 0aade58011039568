"""channels.*: a channel is made once, found, joined, run and read by the right people."""

import pytest

from parley.tl import functions, types


@pytest.fixture
async def dave(server):
    return await server.person("+4930444444", "Dave")


async def make(person, title="Boats", username="", **kind):
    """Make a channel by calls; gives its id."""
    create = functions.channels.CreateChannel(title=title, about="All about it", **(kind or {"broadcast": True}))
    [chat] = (await person.call(create)).chats
    if username:
        named = functions.channels.UpdateUsername(channel=person.input_channel(chat.id), username=username)
        assert await person.call(named) is True
    return chat.id


async def test_a_repeated_call_makes_no_second_channel(dave):
    create = functions.channels.CreateChannel(broadcast=True, title="Boats", about="")
    first = await dave.call(create, msg_id=4444)
    again = await dave.call(create, msg_id=4444)
    assert [chat.id for chat in again.chats] == [chat.id for chat in first.chats]
    assert [update.TL_NAME for update in first.updates] == ["updateChannel", "updateNewChannelMessage"]
    assert first.updates[1].message.action.title == "Boats"
    assert first.updates == again.updates
    assert first.chats[0].creator
    assert await dave.refused(functions.channels.CreateChannel(title="x", about="")) == "CHANNEL_INVALID"


async def test_a_public_channel_is_found_and_joined(dave, alice):
    channel_id = await make(dave, username="boatnews")
    found = await alice.call(functions.contacts.ResolveUsername(username="boatnews"))
    [chat] = found.chats
    assert (chat.id, chat.left, chat.broadcast) == (channel_id, True, True)
    channel = types.InputChannel(channel_id=chat.id, access_hash=chat.access_hash)
    joined = await alice.call(functions.channels.JoinChannel(channel=channel))
    assert not joined.updates.chats[0].left
    full = (await alice.call(functions.channels.GetFullChannel(channel=channel))).full_chat
    assert (full.about, full.participants_count, full.can_view_participants) == ("All about it", 2, False)
    assert full.pts > 0
    guessed = types.InputChannel(channel_id=chat.id, access_hash=1)
    assert await alice.refused(functions.channels.GetChannels(id=[guessed])) == "CHANNEL_INVALID"
    left = await alice.call(functions.channels.LeaveChannel(channel=channel))
    assert left.chats[0].left


async def test_a_private_channel_shows_its_link_to_administrators_alone(dave, alice):
    channel_id = await make(dave)
    full = await dave.call(functions.channels.GetFullChannel(channel=dave.input_channel(channel_id)))
    assert "/+" in full.full_chat.exported_invite.link
    hidden = functions.channels.GetFullChannel(channel=alice.input_channel(channel_id))
    assert await alice.refused(hidden) == "CHANNEL_PRIVATE"
    short = functions.channels.GetChannels(id=[alice.input_channel(channel_id)])
    assert await alice.refused(short) == "CHANNEL_PRIVATE"


async def test_members_administrators_and_bans(dave, alice):
    channel_id = await make(dave, "Crew", "crewgroup", megagroup=True)
    theirs, mine = alice.input_channel(channel_id), dave.input_channel(channel_id)
    await alice.call(functions.channels.JoinChannel(channel=theirs))
    listed = await alice.call(
        functions.channels.GetParticipants(
            channel=theirs, filter=types.ChannelParticipantsRecent(), offset=0, limit=10, hash=0
        )
    )
    kinds = {p.user_id: p.TL_NAME for p in listed.participants}
    assert kinds == {dave.account: "channelParticipantCreator", alice.account: "channelParticipantSelf"}

    promote = functions.channels.EditAdmin(
        channel=mine, user_id=dave.user(alice), admin_rights=types.ChatAdminRights(ban_users=True), rank="mate"
    )
    await dave.call(promote)
    asked = functions.channels.GetParticipant(channel=theirs, participant=types.InputPeerSelf())
    me = (await alice.call(asked)).participant
    assert (me.TL_NAME, me.rank, me.admin_rights.ban_users) == ("channelParticipantAdmin", "mate", True)

    user = dave.user(alice)
    banned = functions.channels.EditBanned(
        channel=mine,
        participant=types.InputPeerUser(user_id=user.user_id, access_hash=user.access_hash),
        banned_rights=types.ChatBannedRights(view_messages=True, until_date=0),
    )
    await dave.call(banned)
    assert await alice.refused(functions.channels.JoinChannel(channel=theirs)) == "CHANNEL_PRIVATE"
    kicked = await dave.call(
        functions.channels.GetParticipants(
            channel=mine, filter=types.ChannelParticipantsKicked(q=""), offset=0, limit=10, hash=0
        )
    )
    assert [p.peer.user_id for p in kicked.participants] == [alice.account]


async def test_a_channel_is_renamed_signed_listed_and_deleted(dave, alice):
    channel_id = await make(dave, username="boatnews")
    mine = dave.input_channel(channel_id)
    renamed = await dave.call(functions.channels.EditTitle(channel=mine, title="Boats today"))
    assert renamed.chats[0].title == "Boats today"
    signed = await dave.call(functions.channels.ToggleSignatures(channel=mine, signatures_enabled=True))
    assert signed.chats[0].signatures
    public = await dave.call(functions.channels.GetAdminedPublicChannels(check_limit=True))
    assert [chat.id for chat in public.chats] == [channel_id]
    link = await dave.call(functions.channels.ExportMessageLink(channel=mine, id=1))
    assert link.link == "http://localhost:8080/boatnews/1"
    free = functions.channels.CheckUsername(channel=types.InputChannelEmpty(), username="boatnews")
    assert await alice.call(free) is False
    await dave.call(functions.channels.DeleteChannel(channel=mine))
    assert await alice.call(free) is True
    gone = functions.channels.GetFullChannel(channel=mine)
    assert await dave.refused(gone) == "CHANNEL_PRIVATE"


async def test_nobody_is_brought_in_against_their_will(server, dave, alice):
    channel_id = await make(dave, "Crew", megagroup=True)
    bob = await server.person("+4930222222", "Bob")
    await bob.call(
        functions.account.SetPrivacy(
            key=types.InputPrivacyKeyChatInvite(), rules=[types.InputPrivacyValueDisallowAll()]
        )
    )
    invite = functions.channels.InviteToChannel(
        channel=dave.input_channel(channel_id), users=[dave.user(alice), dave.user(bob)]
    )
    answer = await dave.call(invite)
    assert [missing.user_id for missing in answer.missing_invitees] == [bob.account]
    assert answer.updates.chats[0].participants_count == 2


async def test_in_whose_name_one_writes(dave, alice):
    channel_id = await make(dave, username="boatnews")
    mine = dave.input_channel(channel_id)
    as_peer = types.InputPeerChannel(channel_id=mine.channel_id, access_hash=mine.access_hash)
    answer = await dave.call(functions.channels.GetSendAs(peer=as_peer))
    assert [entry.peer.channel_id for entry in answer.peers] == [channel_id]


async def test_a_link_brings_people_into_a_private_channel(dave, alice):
    channel_id = await make(dave, "Crew", megagroup=True)
    mine = dave.input_channel(channel_id)
    as_peer = types.InputPeerChannel(channel_id=mine.channel_id, access_hash=mine.access_hash)
    link = (await dave.call(functions.messages.ExportChatInvite(peer=as_peer))).link
    invite_hash = link.rpartition("/+")[2]
    shown = await alice.call(functions.messages.CheckChatInvite(hash=invite_hash))
    assert (shown.title, shown.participants_count, shown.megagroup) == ("Crew", 1, True)
    joined = await alice.call(functions.messages.ImportChatInvite(hash=invite_hash))
    assert joined.updates.chats[0].id == channel_id
    known = await alice.call(functions.messages.CheckChatInvite(hash=invite_hash))
    assert isinstance(known, types.ChatInviteAlready)
    assert await alice.refused(functions.messages.ImportChatInvite(hash="nonsense")) == "INVITE_HASH_EXPIRED"

    await dave.call(functions.messages.EditChatAbout(peer=as_peer, about="For those aboard"))
    silent = types.ChatBannedRights(send_messages=True, until_date=0)
    told = await dave.call(functions.messages.EditChatDefaultBannedRights(peer=as_peer, banned_rights=silent))
    assert told.chats[0].default_banned_rights.send_messages
    full = await alice.call(functions.channels.GetFullChannel(channel=alice.input_channel(channel_id)))
    assert full.full_chat.about == "For those aboard"


async def test_a_link_with_bounds_ends_by_them_and_leaves_the_own_link_alone(server, dave, alice, clock):
    channel_id = await make(dave)
    ends = int(clock.now().timestamp()) + 3600
    export = functions.messages.ExportChatInvite(peer=dave.peer(channel_id))
    own = await dave.call(export)
    one = await dave.call(export.replaced(usage_limit=1, title="for Alice"))
    soon = await dave.call(export.replaced(expire_date=ends))
    assert [(link.permanent, link.usage_limit, link.title, link.expire_date) for link in (own, one, soon)] == [
        (True, None, None, None),
        (False, 1, "for Alice", None),
        (False, None, None, ends),
    ]
    assert (await dave.call(export)).link == own.link

    def by(link):
        return functions.messages.ImportChatInvite(hash=link.link.rpartition("/+")[2])

    bob, carol = await server.person("+4930222222", "Bob"), await server.person("+4930333333", "Carol")
    await alice.call(by(one))
    assert await bob.refused(by(one)) == "INVITE_HASH_EXPIRED"
    await bob.call(by(soon))
    clock.advance(3600)
    assert await carol.refused(by(soon)) == "INVITE_HASH_EXPIRED"
    await carol.call(by(own))


@pytest.mark.parametrize(
    ("bounds", "refusal"),
    [
        ({"expire_date": 1}, "EXPIRE_DATE_INVALID"),
        ({"expire_date": -1}, "EXPIRE_DATE_INVALID"),
        ({"usage_limit": -1}, "USAGE_LIMIT_INVALID"),
        ({"usage_limit": 100_000}, "USAGE_LIMIT_INVALID"),
        ({"title": "x" * 33}, "TITLE_INVALID"),
        ({"title": "x", "legacy_revoke_permanent": True}, "CHAT_INVITE_PERMANENT"),
        ({"request_needed": True}, "CHAT_INVITE_PERMANENT"),
    ],
)
async def test_bounds_that_no_link_can_have_are_refused(dave, bounds, refusal):
    channel_id = await make(dave)
    assert await dave.refused(functions.messages.ExportChatInvite(peer=dave.peer(channel_id), **bounds)) == refusal


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"forum": True}, "CHANNEL_FORUM_MISSING"),
        ({"ttl_period": 86_400}, "TTL_PERIOD_INVALID"),
        ({"geo_point": types.InputGeoPoint(lat=1.0, long=2.0), "address": "here"}, "GEO_POINT_INVALID"),
    ],
)
async def test_a_group_that_cannot_be_had_is_refused_instead_of_another_one(dave, wish, refusal):
    wanted = functions.channels.CreateChannel(megagroup=True, title="Boats", about="", **wish)
    assert await dave.refused(wanted) == refusal
