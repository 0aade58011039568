"""People find what was written in all of their chats, page after page, and are never shown less in silence."""

import pytest

from parley.core.peers import Peer
from parley.messenger.messages import rules
from parley.messenger.search.model import Post
from parley.tl import functions, types

NOTHING = types.InputMessagesFilterEmpty()


async def everything(person, text="boat", filter_=NOTHING, limit=100, **more):
    """All pages of a global search, as a client asks for them; the texts of each page."""
    pages, rate, peer, ident = [], 0, types.InputPeerEmpty(), 0
    narrowed = {"min_date": 0, "max_date": 0} | more
    while True:
        request = functions.messages.SearchGlobal(
            q=text, filter=filter_, offset_rate=rate, offset_peer=peer, offset_id=ident, limit=limit, **narrowed
        )
        found = await person.call(request)
        pages.append([message.message for message in found.messages])
        if not isinstance(found, types.messages.MessagesSlice):
            return pages
        last = found.messages[-1]
        assert found.next_rate == last.date
        rate, ident = found.next_rate, last.id
        if isinstance(last.peer_id, types.PeerChannel):
            hashes = {chat.id: chat.access_hash for chat in found.chats}
            known = last.peer_id.channel_id
            peer = types.InputPeerChannel(channel_id=known, access_hash=hashes[known])
        else:
            hashes = {user.id: user.access_hash for user in found.users}
            known = last.peer_id.user_id
            peer = types.InputPeerUser(user_id=known, access_hash=hashes[known])


def in_all_chats(text, skip=0, offset_id=0, limit=5):
    """messages.search with an empty peer."""
    return functions.messages.Search(
        peer=types.InputPeerEmpty(), q=text, filter=NOTHING, min_date=0, max_date=0, offset_id=offset_id,
        add_offset=skip, limit=limit, max_id=0, min_id=0, hash=0,
    )  # fmt: skip


async def indexed(server, owner, channel):
    """Put all posts of a channel into the index of public posts."""
    history = functions.messages.GetHistory(
        peer=owner.peer(channel), offset_id=0, offset_date=0, add_offset=0, limit=100, max_id=0, min_id=0, hash=0
    )
    while messages := (await owner.call(history)).messages:
        server.index.put_posts(
            [Post(Peer.channel(channel), m.id, m.message, m.date) for m in messages if isinstance(m, types.Message)]
        )
        history = history.replaced(offset_id=messages[-1].id)
    server.index.commit()


@pytest.fixture
async def chats(server, clock, alice, bob):
    """A private chat, a channel of Alice's, a group of Bob's with Alice in it, a channel that Alice is not in."""
    channel = await alice.found("Boats")
    group = await bob.found("Crew", megagroup=True)
    await bob.call(functions.channels.InviteToChannel(channel=bob.input_channel(group), users=[bob.user(alice)]))
    secret = await bob.found("Secret boats")
    for number in range(4):
        await bob.write(alice, f"boat in private {number}")
        await alice.write(channel, f"boat in the channel {number}")
        await bob.write(group, f"boat in the group {number}")
        await bob.write(secret, f"boat in secret {number}")
        if number % 2:
            clock.advance(60)
    await server.settle()
    return channel, group


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_one_finds_every_message_of_every_chat_of_ones_own_once_and_in_order(chats, alice, limit):
    pages = await everything(alice, limit=limit)
    found = [text for page in pages for text in page]
    assert all(len(page) == limit for page in pages[:-1])
    assert sorted(found) == sorted(
        f"boat in {where} {number}" for where in ("private", "the channel", "the group") for number in range(4)
    )
    assert [int(text[-1]) // 2 for text in found] == [1] * 6 + [0] * 6, "newest first"


async def test_a_kind_of_chats_can_be_asked_for(chats, alice):
    [private] = await everything(alice, users_only=True)
    [channels] = await everything(alice, broadcasts_only=True)
    [groups] = await everything(alice, groups_only=True)
    assert {text[:-2] for text in private} == {"boat in private"}
    assert {text[:-2] for text in channels} == {"boat in the channel"}
    assert {text[:-2] for text in groups} == {"boat in the group"}


async def test_an_empty_peer_means_all_chats_and_pages_go_on_by_their_number(chats, alice):
    found, skip = [], 0
    while True:
        page = await alice.call(in_all_chats("boat", skip))
        found += [message.message for message in page.messages]
        skip += 5
        if not isinstance(page, types.messages.MessagesSlice):
            break
    assert len(found) == len(set(found)) == 12


async def test_pages_of_all_chats_go_on_after_a_message_that_only_one_chat_has(chats, alice):
    """Telethon asks so for what one person wrote anywhere; ids that two chats have name no message."""
    first = await alice.call(in_all_chats("boat private", limit=3))
    assert isinstance(first, types.messages.MessagesSlice)
    rest = await alice.call(in_all_chats("boat private", offset_id=first.messages[-1].id, limit=3))
    assert [m.message[-1] for m in (*first.messages, *rest.messages)] == ["3", "2", "1", "0"]
    twice = await alice.call(in_all_chats("boat", limit=100))
    ids = [message.id for message in twice.messages]
    [shared, *_] = [ident for ident in ids if ids.count(ident) > 1]
    assert await alice.refused(in_all_chats("boat", offset_id=shared)) == "OFFSET_INVALID"


async def test_public_posts_of_others_join_in_and_ones_own_are_not_doubled(server, chats, alice, bob):
    channel, _ = chats
    public = await bob.found("Open boats")
    for owner, ident, name in ((alice, channel, "alices_boats"), (bob, public, "bobs_boats")):
        named = functions.channels.UpdateUsername(channel=owner.input_channel(ident), username=name)
        await owner.call(named)
    await bob.write(public, "boat for everybody")
    await indexed(server, alice, channel)
    await indexed(server, bob, public)
    for limit in (2, 100):
        found = [text for page in await everything(alice, limit=limit) for text in page]
        assert len(found) == len(set(found)) == 13
        assert "boat for everybody" in found


async def test_every_post_of_one_large_public_channel_is_found_and_each_page_is_read_once(
    server, clock, alice, bob
):
    public = await bob.found("Open boats")
    named = functions.channels.UpdateUsername(channel=bob.input_channel(public), username="bobs_boats")
    await bob.call(named)
    for number in range(250):
        await bob.write(public, f"boat {number}")
        clock.advance(1)
    await indexed(server, bob, public)
    pages = await everything(alice)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [text for page in pages for text in page] == [f"boat {number}" for number in reversed(range(250))]
    assert server.services.search.queries == len(pages)


async def test_dates_and_links_narrow_a_search(server, clock, alice, bob):
    await alice.write(bob, "boat https://parley.example")
    clock.advance(3600)
    middle = int(clock.now().timestamp())
    clock.advance(3600)
    await alice.write(bob, "boat without")
    assert await everything(alice, min_date=middle) == [["boat without"]]
    assert await everything(alice, max_date=middle) == [["boat https://parley.example"]]
    links = types.InputMessagesFilterUrl()
    assert await everything(alice, text="", filter_=links) == [["boat https://parley.example"]]
    counted = functions.messages.GetSearchCounters(
        peer=alice.peer(bob), filters=[links, types.InputMessagesFilterPinned(), types.InputMessagesFilterPhotos()]
    )
    assert [counter.count for counter in await alice.call(counted)] == [1, 0, 0]


async def test_what_is_not_answered_is_refused_and_not_left_empty(alice, bob):
    mentions = functions.messages.Search(
        peer=alice.peer(bob), q="", filter=types.InputMessagesFilterMyMentions(), min_date=0, max_date=0,
        offset_id=0, add_offset=0, limit=5, max_id=0, min_id=0, hash=0,
    )  # fmt: skip
    assert await alice.refused(mentions) == "INPUT_FILTER_INVALID"
    nothing = functions.messages.SearchGlobal(
        q=" ", filter=NOTHING, min_date=0, max_date=0, offset_rate=0, offset_peer=types.InputPeerEmpty(),
        offset_id=0, limit=5,
    )  # fmt: skip
    assert await alice.refused(nothing) == "SEARCH_QUERY_EMPTY"


@pytest.mark.parametrize(("channels", "depth"), [(0, 20_000), (5, 20_000), (50, 2_000), (500, 200)])
def test_a_search_in_many_channels_stays_as_quick_as_one_in_few(channels, depth):
    assert rules.search_depth(channels) == depth
