"""Mentions in supergroups: who was meant finds it, once, on every device, and nobody else is bothered."""

import pytest

from parley.messenger.messages.events import MentionsRead
from parley.storage.database import Database
from parley.tl import functions, types
from tests.rpc.conftest import Person, Server


@pytest.fixture
async def bob(server: Server) -> Person:
    return await server.person("+4930222222", "Bob", "bob_b")


@pytest.fixture
async def carol(server: Server) -> Person:
    return await server.person("+4930333333", "Carol", "carol_c")


@pytest.fixture
async def group(server: Server, alice: Person, bob: Person) -> int:
    """A group of Alice and Bob; Carol is not in it, but could read it."""
    made = await alice.found(megagroup=True)
    await alice.call(functions.channels.UpdateUsername(channel=alice.input_channel(made), username="boat_crew"))
    await bob.call(functions.channels.JoinChannel(channel=bob.input_channel(made)))
    for member in (alice, bob):
        server.fanout.membership_changed(member.account, made, inside=True)
    return made


def unread_mentions(reader: Person, group: int, **more: int) -> functions.messages.GetUnreadMentions:
    nowhere = dict.fromkeys(("offset_id", "add_offset", "max_id", "min_id"), 0)
    return functions.messages.GetUnreadMentions(peer=reader.peer(group), **(nowhere | {"limit": 10} | more))


async def badge(reader: Person, group: int) -> int:
    """The number on the @ of a group in the list of chats."""
    named = functions.messages.GetPeerDialogs(peers=[types.InputDialogPeer(peer=reader.peer(group))])
    return (await reader.call(named)).dialogs[0].unread_mentions_count


async def texts(reader: Person, group: int, **more: int) -> list[str]:
    return [m.message for m in (await reader.call(unread_mentions(reader, group, **more))).messages]


async def test_one_is_mentioned_by_name_by_a_link_and_by_an_answer(server, alice, bob, group):
    await bob.write(group, "I can bring the ropes")
    asked = (await bob.call(functions.messages.GetHistory(
        peer=bob.peer(group), offset_id=0, offset_date=0, add_offset=0, limit=1, max_id=0, min_id=0, hash=0
    ))).messages[0]  # fmt: skip
    await alice.write(group, "thanks @bob_b")
    linked = types.InputMessageEntityMentionName(offset=0, length=3, user_id=alice.user(bob))
    await alice.write(group, "Bob, and oars?", entities=[linked])
    await alice.write(group, "really?", reply_to=types.InputReplyToMessage(reply_to_msg_id=asked.id))
    await alice.write(group, "anybody else, at mail@bob_b.example or example.org/@bob_b?")
    assert await texts(bob, group) == ["really?", "Bob, and oars?", "thanks @bob_b"]
    assert (await badge(bob, group), await badge(alice, group)) == (3, 0)
    [first, *_] = (await bob.call(unread_mentions(bob, group))).messages
    assert (first.mentioned, first.media_unread) == (True, True)


async def test_the_pushed_message_says_whom_it_means(server, alice, bob, group):
    await alice.write(group, "now @bob_b")
    await server.settle()
    told = [u for heard in bob.session.heard for u in heard.updates if u.TL_NAME == "updateNewChannelMessage"]
    assert (told[-1].message.mentioned, told[-1].message.media_unread) == (True, True)
    await bob.write(group, "now all")
    await server.settle()
    told = [u for heard in alice.session.heard for u in heard.updates if u.TL_NAME == "updateNewChannelMessage"]
    assert (told[-1].message.message, told[-1].message.mentioned) == ("now all", False)


async def test_what_was_looked_at_is_no_longer_unread_on_any_device(server, alice, bob, group):
    for number in range(3):
        await alice.write(group, f"{number} @bob_b")
    newest, middle, oldest = (m.id for m in (await bob.call(unread_mentions(bob, group))).messages)
    look = functions.channels.ReadMessageContents(channel=bob.input_channel(group), id=[middle, 999])
    assert await bob.call(look) is True
    assert await texts(bob, group) == ["2 @bob_b", "0 @bob_b"]
    shown = await bob.call(functions.channels.GetMessages(
        channel=bob.input_channel(group), id=[types.InputMessageID(id=middle), types.InputMessageID(id=oldest)]
    ))  # fmt: skip
    assert [(m.mentioned, m.media_unread) for m in shown.messages] == [(True, False), (True, True)]
    done = await bob.call(functions.messages.ReadMentions(peer=bob.peer(group)))
    assert (done.pts_count, done.offset) == (0, 0)
    assert (await texts(bob, group), await badge(bob, group)) == ([], 0)
    assert server.messenger.recorder.of(MentionsRead) == [
        MentionsRead(bob.account, group, (middle,), int(bob.key)),
        MentionsRead(bob.account, group, (oldest, newest), int(bob.key)),
    ]


async def test_pages_of_mentions_follow_each_other_and_a_deleted_one_is_gone(server, alice, bob, group):
    for number in range(4):
        await alice.write(group, f"{number} @bob_b")
    ids = [m.id for m in (await bob.call(unread_mentions(bob, group))).messages]
    assert await texts(bob, group, limit=2) == ["3 @bob_b", "2 @bob_b"]
    assert await texts(bob, group, limit=2, offset_id=ids[1]) == ["1 @bob_b", "0 @bob_b"]
    assert await texts(bob, group, limit=2, offset_id=ids[2], add_offset=-1) == ["1 @bob_b", "0 @bob_b"]
    assert await texts(bob, group, min_id=ids[2], max_id=ids[0]) == ["2 @bob_b"]
    await alice.call(functions.channels.DeleteMessages(channel=alice.input_channel(group), id=ids[:1]))
    assert (await badge(bob, group), len(await texts(bob, group))) == (3, 3)


async def test_nobody_is_mentioned_who_is_not_there_or_by_themselves_or_by_a_forward(
    server, alice, bob, carol, group
):
    await alice.write(group, "@carol_c, would you come?")
    await bob.write(group, "it is me, @bob_b")
    await alice.write(bob, "see @bob_b")
    await server.settle()
    history = functions.messages.GetHistory(
        peer=alice.peer(bob), offset_id=0, offset_date=0, add_offset=0, limit=1, max_id=0, min_id=0, hash=0
    )
    [private] = (await alice.call(history)).messages
    assert not private.mentioned
    await alice.call(functions.messages.ForwardMessages(
        from_peer=alice.peer(bob), id=[private.id], random_id=[5], to_peer=alice.peer(group)
    ))  # fmt: skip
    assert (await texts(bob, group), await texts(carol, group)) == ([], [])
    nothing = await bob.call(functions.messages.GetUnreadMentions(
        peer=bob.peer(alice), offset_id=0, add_offset=0, limit=10, max_id=0, min_id=0
    ))  # fmt: skip
    assert nothing.messages == []
    topic = unread_mentions(bob, group).replaced(top_msg_id=3)
    assert await bob.refused(topic) == "TOPIC_ID_INVALID"


async def test_who_leaves_takes_the_mentions_along(server, alice, bob, group):
    await alice.write(group, "bye @bob_b")
    await bob.call(functions.channels.LeaveChannel(channel=bob.input_channel(group)))
    await bob.call(functions.channels.JoinChannel(channel=bob.input_channel(group)))
    assert await badge(bob, group) == 0


async def test_mentions_are_counted_in_a_group_that_nothing_was_set_in(server, alice, bob, group):
    db = server.messenger.pools.of("messenger")
    await db.execute("DELETE FROM messenger.dialogs WHERE box_id = $1", bob.account)
    await alice.write(group, "hello @bob_b")
    named = functions.messages.GetPeerDialogs(peers=[types.InputDialogPeer(peer=bob.peer(group))])
    [dialog] = (await bob.call(named)).dialogs
    assert (dialog.unread_mentions_count, dialog.read_inbox_max_id, dialog.draft) == (1, 0, None)
    assert not dialog.pinned
    assert not dialog.unread_mark


async def test_a_broadcast_channel_mentions_nobody(server, alice, bob):
    news = await alice.found()
    await alice.call(functions.channels.UpdateUsername(channel=alice.input_channel(news), username="boat_news"))
    await bob.call(functions.channels.JoinChannel(channel=bob.input_channel(news)))
    await alice.write(news, "thanks @bob_b")
    assert await badge(bob, news) == 0


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """What is read from the database by `fetch`, from now on."""
    said: list[str] = []
    real = Database.fetch

    async def spy(self: Database, sql: str, *arguments: object) -> object:
        said.append(sql)
        return await real(self, sql, *arguments)

    monkeypatch.setattr(Database, "fetch", spy)
    return said


async def test_many_names_in_one_message_cost_two_reads(alice, bob, group, asked):
    """Nobody makes the server ask the database once for each of a hundred names."""
    asked.clear()
    await alice.write(group, " ".join(["@bob_b", *(f"@nobody_{number}" for number in range(100))]))
    assert len([sql for sql in asked if "messenger.usernames" in sql]) == 1
    assert len([sql for sql in asked if "messenger.channel_members" in sql]) <= 1
    assert await badge(bob, group) == 1


async def test_an_answer_that_quotes_mentions_the_author_and_reads_the_quoted_message_once(
    alice, bob, group, asked
):
    sent = await bob.write(group, "I can bring the ropes")
    [ident] = [update.id for update in sent.updates if isinstance(update, types.UpdateMessageID)]
    asked.clear()
    answer = types.InputReplyToMessage(reply_to_msg_id=ident, quote_text="ropes")
    await alice.write(group, "really?", reply_to=answer)
    assert len([sql for sql in asked if "messenger.messages" in sql]) == 1
    assert await texts(bob, group) == ["really?"]
