"""A channel's posts are one event each, whatever the number of members."""

import pytest

from parley.core.ids import box_of_channel
from parley.core.peers import Peer
from parley.messenger.errors import Forbidden
from parley.messenger.messages.model import EventKind
from parley.messenger.updates.model import Reach
from tests.messenger.messages.message_room import ALICE, BOB, NEWS, Room, gapless

TO_NEWS = Peer.channel(NEWS)


async def open_channel(room: Room, version: int = 0) -> None:
    await room.db.execute(
        "INSERT INTO messenger.channels (box_id, kind, title, creator_id, created_at, version)"
        " VALUES ($1, 'broadcast', 'News', $2, $3, $4)",
        box_of_channel(NEWS), ALICE, room.clock.now(), version,
    )  # fmt: skip
    for account in (ALICE, BOB):
        await room.db.execute(
            "INSERT INTO messenger.account_channels (account_id, box_id, joined_at) VALUES ($1, $2, $3)",
            account, box_of_channel(NEWS), room.clock.now(),
        )  # fmt: skip


async def test_members_see_a_post_with_its_views(room: Room) -> None:
    """The post stands in the channel's name; an account counts once; search hears of it."""
    await open_channel(room)
    sent = await room.send(ALICE, TO_NEWS, "extra!")
    assert (sent.message.from_id, sent.message.author_id, sent.message.views) == (None, ALICE, 1)
    look = room.messages.views.look
    for _ in range(2):
        seen = await look(BOB, NEWS, [sent.message.id], increment=True)
    assert seen == {sent.message.id: 2}
    await room.messages.views.flush()
    assert await look(BOB, NEWS, [sent.message.id], increment=True) == {sent.message.id: 2}
    assert [post.text for post in room.ears.posts] == ["extra!"]


async def test_a_member_counts_unread_posts_and_reads_them(room: Room) -> None:
    """Read marks are the member's own; a dialog carries the channel's pts."""
    await open_channel(room)
    await room.messages.dialogs.joined(BOB, NEWS)
    posts = [await room.send(ALICE, TO_NEWS, str(number)) for number in range(3)]
    dialog = (await room.messages.dialogs.page(BOB, limit=10)).dialogs[0]
    assert (dialog.peer, dialog.unread_count, dialog.top_message, dialog.pts) == (
        TO_NEWS,
        3,
        posts[-1].message.id,
        4,
    )
    assert await room.messages.changes.read_channel(BOB, NEWS, posts[1].message.id)
    assert not await room.messages.changes.read_channel(BOB, NEWS, posts[0].message.id)
    assert (await room.messages.dialogs.page(BOB, limit=10)).dialogs[0].unread_count == 1
    assert room.ears.of(BOB)[-1].kind is EventKind.READ_INBOX


async def test_a_right_that_was_taken_away_is_noticed_in_time(room: Room) -> None:
    """A post that was checked against old rights is checked again, and refused."""
    await open_channel(room, version=7)
    room.doors.version, room.doors.fresh_version = 6, 7
    await room.send(ALICE, TO_NEWS, "still allowed")
    assert room.doors.fresh_asked == 1
    room.doors.version = 6
    real = room.doors.posting

    async def dismissed(*args: object, fresh: bool = False) -> object:
        if fresh:
            room.doors.posters.clear()
        return await real(*args, fresh=fresh)  # type: ignore[arg-type]

    room.doors.posting = dismissed  # type: ignore[assignment, method-assign]
    with pytest.raises(Forbidden, match="CHAT_WRITE_FORBIDDEN"):
        await room.send(ALICE, TO_NEWS, "no more")
    assert await room.texts(ALICE, TO_NEWS) == ["still allowed"]


async def test_a_reader_that_was_away_catches_up(room: Room) -> None:
    """The channel's difference tells posts, edits and removals."""
    await open_channel(room)
    posts = [await room.send(ALICE, TO_NEWS, str(number)) for number in range(4)]
    await room.messages.changes.edit(ALICE, TO_NEWS, posts[0].message.id, "zero", ())
    await room.messages.changes.remove_posts(NEWS, [posts[1].message.id, posts[2].message.id])
    difference = await room.updates.channel_difference(BOB, NEWS, 1, 100)
    assert difference.reach is Reach.FINAL
    texts = [e.message.text for e in difference.events if e.kind is EventKind.NEW_MESSAGE and e.message]
    assert texts == ["zero", "3"]
    assert difference.pts == 8
    assert room.ears.gone == [posts[1].message.id, posts[2].message.id]
    assert gapless(room.ears.of(box_of_channel(NEWS)), box_of_channel(NEWS))


async def test_who_was_away_too_long_is_told_so(room: Room) -> None:
    """Events are cleared away after their time; the client then starts anew instead of missing something."""
    await open_channel(room)
    await room.send(ALICE, TO_NEWS, "old")
    room.clock.advance(100 * 86400)
    await room.send(ALICE, TO_NEWS, "new")
    assert await room.updates.clear_old_events() == 1
    assert await room.updates.clear_old_events() == 0
    assert (await room.updates.channel_difference(BOB, NEWS, 1, 100)).reach is Reach.TOO_LONG
    assert (await room.updates.channel_difference(BOB, NEWS, 2, 100)).reach is Reach.FINAL
