"""Two people talk: what one does, both see, once and in order."""

from datetime import timedelta

import pytest

from parley.core.ids import AccountId, MessageId, box_of_account
from parley.core.peers import Peer
from parley.messenger.errors import BadRequest, Forbidden
from parley.messenger.messages.events import DialogPinned, DraftChanged, PinnedReordered, UnreadMarked
from parley.messenger.messages.model import Draft, Entity, EventKind, NewMessage, Page, Query
from parley.messenger.updates.model import Reach
from tests.messenger.messages.message_room import ALICE, BOB, CAROL, Room, gapless

TO_ALICE, TO_BOB = Peer.user(ALICE), Peer.user(BOB)


async def test_a_message_reaches_the_other_person(room: Room) -> None:
    """It lies in both boxes, outgoing in one and incoming and unread in the other."""
    bold = Entity("Bold", 0, 5)
    sent = await room.send(ALICE, BOB, "hello Bob", entities=(bold,))
    await room.settle()
    copy = await room.copy_for(BOB, sent)
    assert (sent.message.out, copy.out) == (True, False)
    assert (copy.text, copy.entities, copy.peer, copy.from_id) == ("hello Bob", (bold,), TO_ALICE, ALICE)
    dialog = (await room.messages.dialogs.of_peers(BOB, [TO_ALICE])).dialogs[0]
    assert (dialog.unread_count, dialog.top_message) == (1, copy.id)
    assert [event.kind for event in room.ears.of(BOB)] == [EventKind.NEW_MESSAGE]
    assert room.ears.of(BOB)[0].message == copy


async def test_a_send_that_is_repeated_arrives_once(room: Room) -> None:
    """A client that saw no answer sends again, even twice at once: one message, one id."""
    first = await room.send(ALICE, BOB, "once", random_id=77)
    again = await room.send(ALICE, BOB, "once", random_id=77)
    assert again.repeated
    assert (again.message.id, again.event.pts) == (first.message.id, first.event.pts)
    await room.settle()
    assert await room.texts(BOB, TO_ALICE) == ["once"]
    assert (await room.updates.state(ALICE)).pts == 2


async def test_the_same_random_id_of_another_person_is_another_message(room: Room) -> None:
    """Random ids are their sender's own."""
    await room.send(ALICE, BOB, "from Alice", random_id=5)
    await room.send(BOB, ALICE, "from Bob", random_id=5)
    await room.settle()
    assert sorted(await room.texts(ALICE, TO_BOB)) == ["from Alice", "from Bob"]


async def test_a_reply_points_at_the_right_message_on_both_sides(room: Room) -> None:
    """Ids differ between the boxes; the reply is translated."""
    await room.send(CAROL, BOB, "noise that shifts Bob's ids")
    question = await room.send(ALICE, BOB, "lunch?")
    await room.settle()
    asked = await room.copy_for(BOB, question)
    answer = await room.send(BOB, ALICE, "yes", reply_to=asked.id)
    await room.settle()
    assert asked.id != question.message.id
    assert answer.message.reply_to == asked.id
    assert (await room.copy_for(ALICE, answer)).reply_to == question.message.id


async def test_an_edit_is_seen_by_both(room: Room) -> None:
    """Text and edit date change in both boxes; a repeat of the relay changes nothing more."""
    sent = await room.send(ALICE, BOB, "helo")
    event = await room.messages.changes.edit(ALICE, TO_BOB, sent.message.id, "hello", ())
    await room.settle()
    copy = await room.copy_for(BOB, sent)
    assert (copy.text, copy.edit_date) == ("hello", room.clock.now())
    assert event.message is not None
    assert event.message.text == "hello"
    assert [e.kind for e in room.ears.of(BOB)] == [EventKind.NEW_MESSAGE, EventKind.EDIT_MESSAGE]


async def test_only_the_author_edits_and_not_for_ever(room: Room) -> None:
    """Each refusal has Telegram's name."""
    sent = await room.send(ALICE, BOB, "mine")
    await room.settle()
    copy = await room.copy_for(BOB, sent)
    with pytest.raises(Forbidden, match="MESSAGE_AUTHOR_REQUIRED"):
        await room.messages.changes.edit(BOB, TO_ALICE, copy.id, "yours", ())
    with pytest.raises(BadRequest, match="MESSAGE_NOT_MODIFIED"):
        await room.messages.changes.edit(ALICE, TO_BOB, sent.message.id, "mine", ())
    with pytest.raises(BadRequest, match="MESSAGE_ID_INVALID"):
        await room.messages.changes.edit(CAROL, TO_BOB, sent.message.id, "theirs", ())
    room.clock.advance(timedelta(hours=49).total_seconds())
    with pytest.raises(BadRequest, match="MESSAGE_EDIT_TIME_EXPIRED"):
        await room.messages.changes.edit(ALICE, TO_BOB, sent.message.id, "late", ())


async def test_a_message_can_be_taken_back_from_both(room: Room) -> None:
    """With revoke it is gone in both boxes, whoever of the two asks; the unread count follows."""
    keep = await room.send(ALICE, BOB, "keep")
    sent = await room.send(ALICE, BOB, "oops")
    await room.settle()
    affected = await room.messages.changes.delete(ALICE, [sent.message.id], revoke=True)
    await room.settle()
    assert affected.pts_count == 1
    assert await room.texts(BOB, TO_ALICE) == ["keep"]
    assert (await room.messages.dialogs.of_peers(BOB, [TO_ALICE])).dialogs[0].unread_count == 1
    await room.messages.changes.delete(BOB, [(await room.copy_for(BOB, keep)).id], revoke=True)
    await room.settle()
    assert await room.texts(ALICE, TO_BOB) == []


async def test_deleting_for_oneself_leaves_the_other_alone(room: Room) -> None:
    """Without revoke only one's own box changes, and ids of others' boxes do nothing."""
    sent = await room.send(ALICE, BOB, "hello")
    await room.settle()
    nothing = await room.messages.changes.delete(CAROL, [sent.message.id], revoke=True)
    assert nothing.pts_count == 0
    await room.messages.changes.delete(ALICE, [sent.message.id], revoke=False)
    await room.settle()
    assert await room.texts(ALICE, TO_BOB) == []
    assert await room.texts(BOB, TO_ALICE) == ["hello"]


async def test_a_read_mark_reaches_the_writer(room: Room) -> None:
    """Reading clears the count and tells the writer up to which of their messages."""
    first, second = [await room.send(ALICE, BOB, text) for text in ("one", "two")]
    await room.settle()
    affected = await room.messages.changes.read(BOB, TO_ALICE, (await room.copy_for(BOB, second)).id)
    await room.settle()
    assert affected.pts_count == 1
    assert (await room.messages.dialogs.of_peers(BOB, [TO_ALICE])).dialogs[0].unread_count == 0
    assert (await room.messages.dialogs.of_peers(ALICE, [TO_BOB])).dialogs[0].read_outbox_max == second.message.id
    seen = room.ears.of(ALICE)[-1]
    assert (seen.kind, seen.peer, seen.max_id) == (EventKind.READ_OUTBOX, TO_BOB, second.message.id)
    again = await room.messages.changes.read(BOB, TO_ALICE, first.message.id)
    assert again.pts_count == 0


@pytest.mark.parametrize("asked", [0, 2**31 - 1])
async def test_reading_everything_marks_the_newest_message_that_there_is(room: Room, asked: int) -> None:
    """The reader's other devices hear of a message that exists, at once and when they catch up."""
    sent = [await room.send(ALICE, BOB, text) for text in ("one", "two")]
    await room.settle()
    newest = (await room.copy_for(BOB, sent[-1])).id
    await room.messages.changes.read(BOB, TO_ALICE, asked)
    await room.settle()
    pushed = room.ears.of(BOB)[-1]
    caught = (await room.updates.difference(BOB, pushed.pts - 1)).events[-1]
    assert [(e.kind, e.max_id, e.still_unread) for e in (pushed, caught)] == [(EventKind.READ_INBOX, newest, 0)] * 2
    assert (await room.messages.dialogs.of_peers(BOB, [TO_ALICE])).dialogs[0].read_inbox_max == newest


async def test_a_blocked_writer_does_not_get_through(room: Room) -> None:
    """The writer notices nothing; the other box stays as it was."""
    room.doors.blocked.add((BOB, ALICE))
    sent = await room.send(ALICE, BOB, "let me in")
    await room.settle()
    assert sent.message.out
    assert (await room.updates.state(BOB)).pts == 1


async def test_saved_messages_lie_in_one_box_once(room: Room) -> None:
    """Writing to oneself is one message that is never unread."""
    await room.send(ALICE, ALICE, "remember the milk")
    await room.settle()
    assert await room.texts(ALICE, TO_ALICE) == ["remember the milk"]
    assert (await room.messages.dialogs.of_peers(ALICE, [TO_ALICE])).dialogs[0].unread_count == 0


async def test_a_forward_names_where_it_came_from(room: Room) -> None:
    """Also when it is forwarded on; several at once keep their order; the unreadable is refused."""
    sent = [await room.send(ALICE, BOB, text) for text in ("a", "b")]
    await room.settle()
    ids = [(await room.copy_for(BOB, one)).id for one in sent]
    on = await room.messages.sending.forward(BOB, TO_ALICE, ids, [11, 12], Peer.user(CAROL))
    assert [one.message.text for one in on] == ["a", "b"]
    assert on[0].message.forward is not None
    assert on[0].message.forward.from_peer == TO_ALICE
    with pytest.raises(BadRequest, match="MESSAGE_ID_INVALID"):
        await room.messages.sending.forward(CAROL, TO_ALICE, ids, [13, 14], TO_BOB)
    with pytest.raises(BadRequest, match="RANDOM_ID_INVALID"):
        await room.messages.sending.forward(BOB, TO_ALICE, ids, [15, 15], TO_BOB)


async def test_pins_are_shared_unless_kept_to_oneself(room: Room) -> None:
    """A pinned message is pinned for both, and unpinned for both."""
    sent = await room.send(ALICE, BOB, "address")
    await room.messages.changes.pin(ALICE, TO_BOB, [sent.message.id], pinned=True)
    await room.settle()
    assert (await room.copy_for(BOB, sent)).pinned
    await room.messages.changes.pin(ALICE, TO_BOB, [sent.message.id], pinned=False, one_side=True)
    await room.settle()
    assert (await room.copy_for(BOB, sent)).pinned


async def test_a_client_that_was_away_catches_up_once_and_in_order(room: Room) -> None:
    """The difference holds every event after its pts, in slices when it is long, and nothing twice."""
    sent = [await room.send(ALICE, BOB, f"message {number}") for number in range(7)]
    await room.settle()
    await room.messages.changes.edit(ALICE, TO_BOB, sent[2].message.id, "edited", ())
    await room.messages.changes.delete(ALICE, [sent[0].message.id, sent[1].message.id], revoke=True)
    await room.settle()
    first = await room.updates.difference(BOB, 1, limit=4)
    assert first.reach is Reach.SLICE
    rest = await room.updates.difference(BOB, first.pts)
    assert rest.reach is Reach.FINAL
    state = await room.updates.state(BOB)
    assert (rest.pts, state.pts) == (11, 11)
    told = [*first.events, *rest.events]
    texts = [e.message.text for e in told if e.kind is EventKind.NEW_MESSAGE and e.message]
    assert texts == ["edited", "message 3", "message 4", "message 5", "message 6"]
    assert told[-1].kind is EventKind.DELETE_MESSAGES
    assert len(told[-1].message_ids) == 2
    assert (await room.updates.difference(BOB, 11)).reach is Reach.EMPTY
    assert gapless(room.ears.of(BOB), box_of_account(BOB))


async def test_pages_of_history_follow_telegrams_offsets(room: Room) -> None:
    """offset_id, add_offset, max_id, min_id and offset_date as core.telegram.org/api/offsets says."""
    sent = []
    for number in range(10):
        sent.append(await room.send(ALICE, BOB, str(number)))
        room.clock.advance(60)
    ids = [one.message.id for one in sent]

    async def page(**fields: int) -> list[str]:
        found = await room.messages.reading.history(ALICE, TO_BOB, Page(**fields))
        assert found.count == 10
        return [message.text for message in found.messages]

    assert await page(limit=3) == ["9", "8", "7"]
    assert await page(limit=3, add_offset=2) == ["7", "6", "5"]
    assert await page(limit=3, offset_id=ids[5]) == ["4", "3", "2"]
    assert await page(limit=4, offset_id=ids[5], add_offset=-2) == ["6", "5", "4", "3"]
    assert await page(limit=3, offset_id=ids[5], add_offset=-3) == ["7", "6", "5"]
    assert await page(limit=3, offset_id=ids[0], add_offset=-(2**31)) == ["9", "8", "7"]
    assert await page(limit=10, max_id=ids[3], min_id=ids[0]) == ["2", "1"]
    assert await page(limit=2, offset_date=int(sent[4].message.date.timestamp())) == ["3", "2"]


async def test_search_finds_only_ones_own(room: Room) -> None:
    """Every word must be there, case does not matter, other people's boxes are out of reach."""
    await room.send(ALICE, BOB, "Grüne Äpfel und Birnen")
    await room.send(ALICE, CAROL, "rote Äpfel")
    await room.settle()

    async def everywhere(account: AccountId, text: str) -> list[str]:
        found = await room.messages.reading.search_everywhere(
            account, Query(text), None, 10, private=True, channels=[]
        )
        return [message.text for message in found.messages]

    assert await everywhere(ALICE, "ÄPFEL") == ["rote Äpfel", "Grüne Äpfel und Birnen"]
    assert await everywhere(BOB, "rote") == []
    in_one = await room.messages.reading.search(ALICE, TO_BOB, Query("äpfel birnen"), Page())
    assert ([m.text for m in in_one.messages], in_one.count) == (["Grüne Äpfel und Birnen"], 1)


@pytest.mark.parametrize(
    ("text", "entity", "fits"),
    [
        ("see https://parley.example/x", None, True),
        ("WWW.parley.example", None, True),
        ("t.me/boats", None, True),
        ("the boat", Entity("TextUrl", 4, 4, "https://parley.example"), True),
        ("the boat", Entity("Bold", 4, 4), False),
        ("on example.com", None, True),
        ("awww.really, or not.me_/x", None, False),
        ("https:// nothing", None, False),
    ],
)
async def test_links_are_found_by_their_filter(room: Room, text: str, entity: Entity | None, fits: bool) -> None:
    await room.send(ALICE, BOB, text, entities=(entity,) if entity else ())
    found = await room.messages.reading.search(ALICE, TO_BOB, Query(links=True), Page())
    assert found.count == fits


async def test_dialogs_come_newest_first_with_pins_on_top(room: Room) -> None:
    """Pages follow each other without a repeat."""
    for person in (BOB, CAROL, ALICE):
        await room.send(ALICE, person, f"to {person}")
        room.clock.advance(60)
    await room.messages.dialogs.pin(ALICE, TO_BOB, pinned=True)
    await room.messages.dialogs.save_draft(ALICE, Peer.user(CAROL), "half a thought")
    page = await room.messages.dialogs.page(ALICE, limit=2)
    assert [d.peer.id for d in page.dialogs] == [BOB, CAROL]
    assert page.dialogs[1].draft is not None
    assert page.dialogs[1].draft.text == "half a thought"
    last = page.dialogs[-1]
    rest = await room.messages.dialogs.page(
        ALICE,
        limit=2,
        offset_id=last.top_message,
        offset_peer=last.peer,
        offset_date=int(last.top_date.timestamp()),
    )
    assert [d.peer.id for d in rest.dialogs] == [ALICE]
    assert (page.count, rest.count) == (3, 3)


async def test_a_whole_chat_can_be_deleted(room: Room) -> None:
    """For both, and the chat leaves the list."""
    for number in range(3):
        await room.send(ALICE, BOB, str(number))
    await room.settle()
    affected = await room.messages.changes.delete_history(ALICE, TO_BOB, 0, revoke=True, keep_dialog=False)
    await room.settle()
    assert (affected.pts_count, affected.more) == (3, False)
    assert (await room.messages.dialogs.page(ALICE, limit=10)).dialogs == ()
    assert await room.texts(BOB, TO_ALICE) == []


@pytest.mark.parametrize(
    ("text", "error"), [("", "MESSAGE_EMPTY"), (" \n ", "MESSAGE_EMPTY"), ("x" * 4097, "MESSAGE_TOO_LONG")]
)
async def test_bad_texts_are_refused_by_name(room: Room, text: str, error: str) -> None:
    """A client shows the right words."""
    with pytest.raises(BadRequest, match=error):
        await room.send(ALICE, BOB, text)


async def test_sending_a_draft_clears_it(room: Room) -> None:
    """The draft has become the message; a message from elsewhere leaves a draft alone."""
    await room.messages.dialogs.save_draft(ALICE, TO_BOB, "hell")
    await room.send(ALICE, BOB, "a bot's message")
    assert [dialog.draft and dialog.draft.text for dialog in await room.messages.dialogs.drafts(ALICE)] == ["hell"]
    new = NewMessage(text="hello", random_id=9000)
    await room.messages.sending.send(ALICE, TO_BOB, new, clear_draft=True)
    assert await room.messages.dialogs.drafts(ALICE) == []


async def test_a_draft_waits_with_its_form_and_is_told_once(room: Room) -> None:
    """A device that keeps the same draft again tells nobody."""
    bold = Entity("Bold", 0, 4)
    dialogs, five = room.messages.dialogs, MessageId(5)
    for _ in range(2):
        await dialogs.save_draft(ALICE, TO_BOB, "half a thought", [bold], reply_to=five, origin=9)
    [dialog] = await room.messages.dialogs.drafts(ALICE)
    assert dialog.draft == Draft("half a thought", room.clock.now(), (bold,), five)
    assert room.told.facts == [DraftChanged(ALICE, TO_BOB, dialog.draft, 9)]
    await room.messages.dialogs.save_draft(ALICE, TO_BOB, "")
    await room.messages.dialogs.save_draft(ALICE, TO_BOB, "")
    assert room.told.facts[1:] == [DraftChanged(ALICE, TO_BOB, None)]
    assert await room.messages.dialogs.drafts(ALICE) == []


async def test_pins_and_unread_marks_are_told(room: Room) -> None:
    await room.send(ALICE, BOB, "hello")
    await room.messages.dialogs.pin(ALICE, TO_BOB, pinned=True, origin=9)
    await room.messages.dialogs.order_pinned(ALICE, [TO_BOB])
    for _ in range(2):
        await room.messages.dialogs.mark_unread(ALICE, TO_BOB, unread=True)
    assert room.told.facts == [
        DialogPinned(ALICE, TO_BOB, pinned=True, origin=9),
        PinnedReordered(ALICE, (TO_BOB,)),
        UnreadMarked(ALICE, TO_BOB, unread=True),
    ]
