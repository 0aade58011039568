"""updates.*: whoever was away hears of everything once and in order, in pieces, or is told to begin anew."""

from datetime import timedelta

import pytest

from parley.messenger.updates import rules
from parley.messenger.updates.service import KEPT
from parley.tl import functions, types
from tests.rpc.conftest import Person


def difference(pts: int, limit: int | None = None) -> functions.updates.GetDifference:
    return functions.updates.GetDifference(pts=pts, pts_limit=limit, date=0, qts=0)


async def test_the_difference_has_messages_with_their_people_and_where_one_stands_after_it(server, alice, bob):
    before = await bob.call(functions.updates.GetState())
    for text in ("one", "two"):
        await alice.write(bob, text)
    await server.settle()
    await bob.call(functions.messages.ReadHistory(peer=bob.peer(alice), max_id=0))
    found = await bob.call(difference(before.pts))
    assert isinstance(found, types.updates.Difference)
    assert [message.message for message in found.new_messages] == ["one", "two"]
    [read] = found.other_updates
    assert (read.TL_NAME, read.max_id) == ("updateReadHistoryInbox", found.new_messages[-1].id)
    assert {user.id for user in found.users} == {alice.account}
    assert (found.state.pts, found.state.unread_count) == (before.pts + 3, 0)
    assert isinstance(await bob.call(difference(found.state.pts)), types.updates.DifferenceEmpty)
    assert isinstance(await bob.call(difference(2**31 - 1)), types.updates.DifferenceEmpty)


async def test_a_long_difference_comes_in_slices_that_follow_each_other(server, alice, bob):
    for number in range(7):
        await alice.write(bob, f"{number}")
    await server.settle()
    pts, texts, kinds = 1, [], []
    while True:
        found = await bob.call(difference(pts, limit=3))
        kinds.append(found.TL_NAME)
        texts += [message.message for message in found.new_messages]
        if isinstance(found, types.updates.Difference):
            break
        pts = found.intermediate_state.pts
    assert texts == [f"{number}" for number in range(7)]
    assert kinds == ["updates.differenceSlice", "updates.differenceSlice", "updates.difference"]


@pytest.mark.parametrize("limit", [-1, 0, -(2**31), 2**31 - 1])
async def test_an_odd_limit_is_no_reason_to_fail(server, alice, bob, limit):
    """One event at least, a slice at most: the client gets on in any case."""
    await alice.write(bob, "hello")
    await server.settle()
    found = await bob.call(difference(1, limit=limit))
    assert [message.message for message in found.new_messages] == ["hello"]


async def test_who_was_away_too_long_is_told_to_begin_anew(server, alice, bob, clock):
    await alice.write(bob, "old")
    await server.settle()
    clock.advance((KEPT + timedelta(days=1)).total_seconds())
    await alice.write(bob, "new")
    await server.settle()
    while await server.services.updates.clear_old_events():
        pass
    state = await bob.call(functions.updates.GetState())
    found = await bob.call(difference(1))
    assert (found.TL_NAME, found.pts) == ("updates.differenceTooLong", state.pts)
    assert isinstance(await bob.call(difference(found.pts)), types.updates.DifferenceEmpty)
    dialogs = await bob.call(
        functions.messages.GetDialogs(
            offset_date=0, offset_id=0, offset_peer=types.InputPeerEmpty(), limit=10, hash=0
        )
    )
    assert [message.message for message in dialogs.messages] == ["new"]


async def test_who_is_too_far_behind_is_told_to_begin_anew(server, alice, bob, monkeypatch):
    monkeypatch.setattr(rules, "ACCOUNT_GAP", 3)
    for number in range(5):
        await alice.write(bob, f"{number}")
    await server.settle()
    assert (await bob.call(difference(1))).TL_NAME == "updates.differenceTooLong"
    assert (await bob.call(difference(4))).TL_NAME == "updates.difference"


def channel_difference(reader: Person, channel: int, pts: int, limit: int = 100):
    return functions.updates.GetChannelDifference(
        channel=reader.input_channel(channel), filter=types.ChannelMessagesFilterEmpty(), pts=pts, limit=limit
    )


async def test_a_channel_is_caught_up_on_by_itself(server, alice, bob):
    news = await alice.found()
    named = functions.channels.UpdateUsername(channel=alice.input_channel(news), username="boat_news")
    await alice.call(named)
    await bob.call(functions.channels.JoinChannel(channel=bob.input_channel(news)))
    start = (await bob.call(functions.channels.GetFullChannel(channel=bob.input_channel(news)))).full_chat.pts
    for number in range(5):
        await alice.write(news, f"post {number}")
    pts, texts, final = start, [], False
    while not final:
        found = await bob.call(channel_difference(bob, news, pts, limit=2))
        texts += [message.message for message in found.new_messages]
        pts, final = found.pts, found.final
    assert texts == [f"post {number}" for number in range(5)]
    empty = await bob.call(channel_difference(bob, news, pts))
    assert (empty.TL_NAME, empty.pts, empty.final) == ("updates.channelDifferenceEmpty", pts, True)
    await alice.call(
        functions.channels.DeleteMessages(channel=alice.input_channel(news), id=[found.new_messages[-1].id])
    )
    [gone] = (await bob.call(channel_difference(bob, news, pts))).other_updates
    assert (gone.TL_NAME, gone.messages) == ("updateDeleteChannelMessages", [found.new_messages[-1].id])


async def test_a_channel_that_moved_on_too_far_comes_with_its_newest_posts(server, alice, monkeypatch):
    monkeypatch.setattr(rules, "CHANNEL_GAP", 3)
    news = await alice.found()
    for number in range(30):
        await alice.write(news, f"post {number}")
    found = await alice.call(channel_difference(alice, news, 1))
    assert (found.TL_NAME, found.final) == ("updates.channelDifferenceTooLong", True)
    assert [message.message for message in found.messages[:2]] == ["post 29", "post 28"]
    assert (len(found.messages), found.dialog.top_message) == (20, found.messages[0].id)
    after = await alice.call(channel_difference(alice, news, found.dialog.pts))
    assert after.TL_NAME == "updates.channelDifferenceEmpty"


async def test_a_private_channel_tells_strangers_nothing(server, alice, bob):
    secret = await alice.found()
    assert await bob.refused(channel_difference(bob, secret, 1)) == "CHANNEL_PRIVATE"
