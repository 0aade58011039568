"""messages.*: writing, quoting, forwarding, pinning, deleting and finding, as clients call it."""

import pytest

from parley.core.peers import Peer
from parley.messenger.search.model import Post
from parley.tl import functions, types
from tests.rpc.conftest import Person, Server


@pytest.fixture
async def alice(server: Server) -> Person:
    return await server.person("+4930111111", "Alice", "alice_a")


@pytest.fixture
async def carol(server: Server) -> Person:
    return await server.person("+4930333333", "Carol")


async def history(reader: Person, of: "Person | int", **more: int) -> list:
    """The newest messages of a chat."""
    nowhere = dict.fromkeys(("offset_id", "offset_date", "add_offset", "max_id", "min_id", "hash"), 0)
    page = functions.messages.GetHistory(peer=reader.peer(of), **(nowhere | {"limit": 50} | more))
    return (await reader.call(page)).messages


def searched(reader: Person, of: "Person | int", filter_: object, query: str = "") -> functions.messages.Search:
    return functions.messages.Search(
        peer=reader.peer(of), q=query, filter=filter_, min_date=0, max_date=0, offset_id=0, add_offset=0,
        limit=10, max_id=0, min_id=0, hash=0,
    )  # fmt: skip


async def forward(sender: Person, source: "Person | int", ids: list[int], to: Person, **more: object) -> list:
    """Forward messages; what was made of them."""
    call = functions.messages.ForwardMessages(
        from_peer=sender.peer(source), id=ids, random_id=[next(sender.server.msg_ids) for _ in ids],
        to_peer=sender.peer(to), **more,
    )  # fmt: skip
    told = await sender.call(call)
    return [update.message for update in told.updates if update.TL_NAME == "updateNewMessage"]


async def test_a_forward_links_to_its_author_unless_the_author_does_not_want_it(server, alice, bob, carol):
    for text in ("one", "two"):
        await alice.write(bob, text)
    await server.settle()
    ids = [message.id for message in reversed(await history(bob, alice))]
    linked = await forward(bob, alice, ids, carol)
    assert [(m.message, m.fwd_from.from_id.user_id) for m in linked] == [
        ("one", alice.account),
        ("two", alice.account),
    ]
    nobody = functions.account.SetPrivacy(
        key=types.InputPrivacyKeyForwards(),
        rules=[types.InputPrivacyValueAllowUsers(users=[alice.user(carol)]), types.InputPrivacyValueDisallowAll()],
    )
    await alice.call(nobody)
    [named] = await forward(bob, alice, ids[:1], carol)
    assert (named.fwd_from.from_id, named.fwd_from.from_name) == (None, "Alice")
    [bare] = await forward(bob, alice, ids[:1], carol, drop_author=True)
    assert bare.fwd_from is None
    await server.settle()
    got = await history(carol, bob)
    assert [m.fwd_from and m.fwd_from.from_name for m in got] == [None, "Alice", None, None]
    [own] = await forward(alice, bob, [(await history(alice, bob))[0].id], carol)
    assert own.fwd_from.from_id.user_id == alice.account


async def test_a_forward_of_a_forward_hides_the_author_who_hides_meanwhile(server, alice, bob, carol):
    await alice.write(bob, "secret sauce")
    await server.settle()
    [first] = await forward(bob, alice, [(await history(bob, alice))[0].id], carol)
    hide = functions.account.SetPrivacy(
        key=types.InputPrivacyKeyForwards(), rules=[types.InputPrivacyValueDisallowAll()]
    )
    await alice.call(hide)
    assert first.fwd_from.from_id.user_id == alice.account
    await server.settle()
    [again] = await forward(carol, bob, [(await history(carol, bob))[0].id], bob)
    assert (again.fwd_from.from_id, again.fwd_from.from_name) == (None, "Alice")


async def test_what_must_not_be_forwarded_is_not_and_what_is_protected_stays_so(server, alice, bob, carol):
    await alice.write(bob, "for you alone", noforwards=True)
    await server.settle()
    [kept] = await history(bob, alice)
    call = functions.messages.ForwardMessages(
        from_peer=bob.peer(alice), id=[kept.id], random_id=[1], to_peer=bob.peer(carol)
    )
    assert await bob.refused(call) == "CHAT_FORWARDS_RESTRICTED"
    assert await bob.refused(call.replaced(id=[])) == "MESSAGE_IDS_EMPTY"
    assert await bob.refused(call.replaced(random_id=[1, 2])) == "RANDOM_ID_INVALID"
    assert await bob.refused(call.replaced(from_peer=bob.peer(carol))) == "MESSAGE_ID_INVALID"
    assert await bob.refused(call.replaced(top_msg_id=3)) == "TOPIC_ID_INVALID"


async def test_an_answer_quotes_what_was_said_on_both_sides(server, alice, bob):
    await alice.write(bob, "bring bread, butter and bread")
    await server.settle()
    [asked] = await history(bob, alice)
    bold = types.MessageEntityBold(offset=0, length=5)
    quoting = types.InputReplyToMessage(
        reply_to_msg_id=asked.id, quote_text="bread", quote_offset=20, quote_entities=[bold]
    )
    await bob.write(alice, "again?", reply_to=quoting)
    await server.settle()
    for reader, other in ((bob, alice), (alice, bob)):
        header = (await history(reader, other))[0].reply_to
        assert (header.quote, header.quote_text, header.quote_offset) == (True, "bread", 24)
        assert [entity.TL_NAME for entity in header.quote_entities] == ["messageEntityBold"]
        assert header.reply_to_msg_id == (await history(reader, other))[1].id


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({"reply_to": types.InputReplyToMessage(reply_to_msg_id=1, quote_text="never said")}, "QUOTE_TEXT_INVALID"),
        ({"reply_to": types.InputReplyToMessage(reply_to_msg_id=99, quote_text="hello")}, "QUOTE_TEXT_INVALID"),
        ({"reply_to": types.InputReplyToMessage(reply_to_msg_id=1, top_msg_id=1)}, "TOPIC_ID_INVALID"),
        ({"reply_to": types.InputReplyToMessage(reply_to_msg_id=1, todo_item_id=1)}, "REPLY_TO_INVALID"),
        ({"reply_to": types.InputReplyToStory(peer=types.InputPeerSelf(), story_id=1)}, "REPLY_TO_INVALID"),
        ({"schedule_date": 2_000_000_000}, "SCHEDULE_DATE_INVALID"),
        ({"effect": 5}, "EFFECT_ID_INVALID"),
        ({"quick_reply_shortcut": types.InputQuickReplyShortcutId(shortcut_id=1)}, "SHORTCUT_INVALID"),
        ({"suggested_post": types.SuggestedPost()}, "SUGGESTED_POST_PEER_INVALID"),
    ],
    ids=str,
)
async def test_a_message_does_not_go_without_what_was_asked_for(alice, bob, wish, refusal):
    """It is refused by Telegram's name, and nothing is sent."""
    await alice.write(bob, "hello")
    call = functions.messages.SendMessage(peer=alice.peer(bob), message="and now", random_id=7, **wish)
    assert await alice.refused(call) == refusal
    assert len(await history(alice, bob)) == 1


async def test_one_writes_in_the_name_that_the_server_offers(server, alice, bob):
    news, group = await alice.found(), await alice.found(megagroup=True)
    for chat, own in ((news, False), (group, True)):
        offered = await alice.call(functions.channels.GetSendAs(peer=alice.peer(chat)))
        [name] = [item.peer for item in offered.peers]
        assert getattr(name, "user_id", None) == (alice.account if own else None)
        right, wrong = types.InputPeerSelf(), alice.peer(chat)
        if not own:
            right, wrong = wrong, right
        await alice.write(chat, "hello", send_as=right)
        assert (await history(alice, chat))[0].message == "hello"
        post = functions.messages.SendMessage(peer=alice.peer(chat), message="x", random_id=5, send_as=wrong)
        assert await alice.refused(post) == "SEND_AS_PEER_INVALID"
    await alice.write(bob, "hello", send_as=types.InputPeerSelf())


async def test_a_pin_is_told_found_and_taken_off(server, alice, bob):
    await alice.write(bob, "the address")
    await server.settle()
    [message] = await history(alice, bob)
    pin = functions.messages.UpdatePinnedMessage(peer=alice.peer(bob), id=message.id)
    [told] = (await alice.call(pin)).updates
    assert (told.TL_NAME, told.messages, told.pinned) == ("updatePinnedMessages", [message.id], True)
    await server.settle()
    pinned = types.InputMessagesFilterPinned()
    found = await bob.call(searched(bob, alice, pinned))
    assert [(m.message, m.pinned) for m in found.messages] == [("the address", True)]
    assert (await alice.call(pin)).updates == []
    [told] = (await alice.call(pin.replaced(unpin=True))).updates
    assert not told.pinned
    await server.settle()
    assert (await bob.call(searched(bob, alice, pinned))).messages == []


async def test_counters_and_filters_agree_on_links_and_pins(server, alice, bob):
    await alice.write(bob, "see https://example.org/a")
    linked = types.MessageEntityTextUrl(offset=0, length=4, url="https://example.org/b")
    await alice.write(bob, "here it is", entities=[linked])
    await alice.write(bob, "nothing here")
    await server.settle()
    newest = (await history(alice, bob))[0]
    await alice.call(functions.messages.UpdatePinnedMessage(peer=alice.peer(bob), id=newest.id))
    url, pinned, photos = (
        types.InputMessagesFilterUrl(),
        types.InputMessagesFilterPinned(),
        types.InputMessagesFilterPhotos(),
    )
    counters = functions.messages.GetSearchCounters(peer=alice.peer(bob), filters=[url, pinned, photos])
    assert [(c.filter, c.count) for c in await alice.call(counters)] == [(url, 2), (pinned, 1), (photos, 0)]
    found = await alice.call(searched(alice, bob, url))
    assert [m.message for m in found.messages] == ["here it is", "see https://example.org/a"]
    assert [m.message for m in (await alice.call(searched(alice, bob, url, "see"))).messages] == [
        "see https://example.org/a"
    ]
    assert await alice.refused(searched(alice, bob, types.InputMessagesFilterEmpty())) == "SEARCH_QUERY_EMPTY"


async def test_a_chat_is_emptied_for_oneself_or_for_both(server, alice, bob):
    for number in range(3):
        await alice.write(bob, f"{number}")
    await server.settle()
    clear = functions.messages.DeleteHistory(peer=alice.peer(bob), max_id=0, just_clear=True)
    done = await alice.call(clear)
    assert (done.pts_count, done.offset) == (3, 0)
    assert (await history(alice, bob), len(await history(bob, alice))) == ([], 3)
    named = functions.messages.GetPeerDialogs(peers=[types.InputDialogPeer(peer=alice.peer(bob))])
    assert [dialog.top_message for dialog in (await alice.call(named)).dialogs] == [0]
    await bob.call(functions.messages.DeleteHistory(peer=bob.peer(alice), max_id=0, revoke=True))
    await server.settle()
    assert await history(bob, alice) == []
    group = await alice.found(megagroup=True)
    assert await alice.refused(clear.replaced(peer=alice.peer(group))) == "PEER_ID_INVALID"


async def test_a_long_chat_is_emptied_in_steps_and_the_client_asks_on(server, alice, bob, monkeypatch):
    monkeypatch.setattr("parley.messenger.messages.changes.HISTORY_STEP", 2)
    for number in range(3):
        await alice.write(bob, f"{number}")
    clear = functions.messages.DeleteHistory(peer=alice.peer(bob), max_id=0)
    assert [(await alice.call(clear)).offset for _ in range(2)] == [1, 0]


async def test_a_deleted_message_is_gone_and_its_place_is_empty(server, alice, bob):
    await alice.write(bob, "oops")
    await server.settle()
    [message] = await history(bob, alice)
    wanted = functions.messages.GetMessages(id=[types.InputMessageID(id=message.id), types.InputMessageID(id=999)])
    first, second = (await bob.call(wanted)).messages
    assert (first.message, second.TL_NAME) == ("oops", "messageEmpty")
    deleted = await bob.call(functions.messages.DeleteMessages(id=[message.id], revoke=True))
    assert deleted.pts_count == 1
    await server.settle()
    assert (await history(alice, bob), (await bob.call(wanted)).messages[0].TL_NAME) == ([], "messageEmpty")


async def test_search_everywhere_finds_ones_own_chats_and_listed_posts(server, alice, bob, carol):
    news = await alice.found()
    await alice.call(functions.channels.UpdateUsername(channel=alice.input_channel(news), username="boat_news"))
    await alice.write(news, "harbour opens")
    await alice.write(carol, "harbour at nine")
    await server.settle()
    [post, _] = await history(alice, news)
    found_at = int(server.services.clock.now().timestamp())
    server.index.put_posts([Post(Peer.channel(news), post.id, post.message, found_at)])
    server.index.commit()

    def everywhere(**more: bool) -> functions.messages.SearchGlobal:
        return functions.messages.SearchGlobal(
            q="harbour", filter=types.InputMessagesFilterEmpty(), min_date=0, max_date=0, offset_rate=0,
            offset_peer=types.InputPeerEmpty(), offset_id=0, limit=10, **more,
        )  # fmt: skip

    def texts(found: object) -> set[str]:
        return {m.message for m in found.messages}

    assert texts(await carol.call(everywhere())) == {"harbour opens", "harbour at nine"}
    assert texts(await bob.call(everywhere())) == {"harbour opens"}
    assert texts(await carol.call(everywhere(users_only=True))) == {"harbour at nine"}
    assert texts(await carol.call(everywhere(broadcasts_only=True))) == {"harbour opens"}
    posts = functions.channels.SearchPosts(
        query="harbour", offset_rate=0, offset_peer=types.InputPeerEmpty(), offset_id=0, limit=10
    )
    assert texts(await bob.call(posts)) == {"harbour opens"}
    await alice.call(functions.channels.DeleteMessages(channel=alice.input_channel(news), id=[post.id]))
    assert texts(await bob.call(posts)) == set()


async def test_typing_reaches_the_other_end_at_once(server, alice, bob):
    typing = functions.messages.SetTyping(peer=bob.peer(alice), action=types.SendMessageTypingAction())
    assert await bob.call(typing) is True
    await server.settle()
    [told] = alice.session.heard[-1].updates
    assert (told.TL_NAME, told.user_id) == ("updateUserTyping", bob.account)
