"""What the server marks in a text by itself: clients show a link as one only where an entity says so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.errors import BadRequest
from parley.messenger.messages import marks
from parley.messenger.messages.marks import marked
from parley.messenger.messages.model import Entity, NewMessage, Page, Query
from parley.messenger.messages.rules import ENTITY_LIMIT, TEXT_LIMIT, utf16_length
from tests.messenger.messages.message_room import ALICE, BOB, NEWS, Room

TO_BOB = Peer.user(BOB)


def shown(text: str, *given: Entity) -> list[tuple[str, str]]:
    """The kinds and the stretches of text that the server adds, read as a client does."""
    units = text.encode("utf-16-le")
    return [
        (entity.kind, units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le"))
        for entity in marked(text, given)
        if entity not in given
    ]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://parley.example/x.", "https://parley.example/x"),
        ("HTTP://Parley.Example", "HTTP://Parley.Example"),
        ("(http://parley.example)", "http://parley.example"),
        ("https://parley.example/a_(b)/c, and", "https://parley.example/a_(b)/c"),
        ("[this](https://parley.example/x?y=1#z)", "https://parley.example/x?y=1#z"),
        ("http://localhost:8080/retention", "http://localhost:8080/retention"),
        ("http://127.0.0.1:8080?", "http://127.0.0.1:8080"),
        ("http://xn--e1afmkfd.xn--p1ai/", "http://xn--e1afmkfd.xn--p1ai/"),
        ("www.parley.example", "www.parley.example"),
        ("t.me/boats", "t.me/boats"),
        ("at example.com:443/a!", "example.com:443/a"),
        ("EXAMPLE.ORG", "EXAMPLE.ORG"),
        ("😀 example.de/😀 and", "example.de/😀"),
        ("пример.рф", "пример.рф"),
        ("看「https://parley.example/船」。", "https://parley.example/船"),
    ],
)
def test_a_link_can_be_pressed(text: str, link: str) -> None:
    assert shown(text) == [("Url", link)]


@pytest.mark.parametrize(
    "text",
    [
        "no more.Then", "3.14", "1.2.3.4", "letter.md", "run.sh", "user.email", "example.company",
        "example.com.next", "-example.com.", "https:// nothing", "https://boat", "https://example.com@evil.example",
        "xhttps://boat.xyzw", "tg://resolve", "a..com", "example.com-",
    ],
)  # fmt: skip
def test_what_is_no_link_stays_text(text: str) -> None:
    """Files, numbers and sentences without a space are not underlined, and no host is shown that is only a name."""
    assert shown(text) == []


def test_no_link_hides_the_direction_of_its_letters() -> None:
    """What a link shows is where it leads."""
    assert shown("https://parley.example/\u202egnp.exe") == [("Url", "https://parley.example/")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mail jo.hn+x@parley.example!", [("Email", "jo.hn+x@parley.example")]),
        ("@alice_parley, (@bob_parley)", [("Mention", "@alice_parley"), ("Mention", "@bob_parley")]),
        ("@abc a@alice_parley @@alice_parley", []),
        ("#boats #2026 #été #हिन्दी #a#b x#y", [("Hashtag", tag) for tag in ("#boats", "#été", "#हिन्दी")]),
        ("#" + "x" * 257, []),
        ("$USD $usd $TOOLONGNAME 5$EUR", [("Cashtag", "$USD")]),
        ("/start and/or 1/2 /usr/bin </b>", [("BotCommand", "/start")]),
        ("/help@some_bot", [("BotCommand", "/help@some_bot")]),
        ("/retention: for", [("BotCommand", "/retention")]),
        ("😀 #boats", [("Hashtag", "#boats")]),
        ("#️⃣ and 5/5", []),
    ],
)  # fmt: skip
def test_names_addresses_tags_and_commands_can_be_pressed(text: str, found: list[tuple[str, str]]) -> None:
    assert shown(text) == found


@pytest.mark.parametrize("kind", ["Code", "Pre", "TextUrl", "MentionName", "Url", "CustomEmoji"])
@pytest.mark.parametrize(("offset", "length"), [(0, 11), (0, 5), (3, 4), (10, 6)])
def test_what_the_sender_marked_is_left_alone(kind: str, offset: int, length: int) -> None:
    """Code stays code, and a link with a text of its own leads where its sender said."""
    sender = Entity(kind, offset, length, "1")
    assert marked("example.com is it", (sender,)) == (sender,)


@pytest.mark.parametrize(("offset", "length", "links"), [(0, 17, 1), (0, 11, 1), (2, 3, 1), (12, 5, 1), (4, 10, 0)])
def test_a_link_may_be_bold(offset: int, length: int, links: int) -> None:
    """Whole or in part; only one that begins outside of the bold and ends within it is none."""
    bold = Entity("Bold", offset, length)
    assert shown("example.com is it", bold) == [("Url", "example.com")] * links


def test_no_message_holds_more_than_a_hundred() -> None:
    text = "@alice_parley " * 150
    assert len(marked(text, ())) == ENTITY_LIMIT
    bold = tuple(Entity("Bold", 14 * place, 1) for place in range(60))
    assert len(marked(text, bold)) == ENTITY_LIMIT
    assert set(bold) < set(marked(text, bold))


def test_a_text_with_nothing_to_find_is_not_even_copied() -> None:
    given = (Entity("Bold", 0, 1),)
    assert marked("hello Bob. How are you?", given) is given


PIECES = st.lists(
    st.sampled_from(
        ["a", "A", "1", ".", "@", "#", "$", "/", ":", "-", "_", "+", "%", "?", "(", ")", " ", "é", "😀", "\u0301",
         "http://", "https://", "www.", ".com", "@alice_parley", "/start", "#tag", "$USD", "a@b.de", "example.com"]
    ),
    max_size=60,
)  # fmt: skip
KINDS = st.sampled_from(["Bold", "Italic", "Spoiler", "Code", "Pre", "TextUrl", "MentionName", "Mention"])
GIVEN = st.lists(st.tuples(KINDS, st.integers(0, 80), st.integers(1, 40)), max_size=5)


@settings(max_examples=300)
@given(pieces=PIECES, given_entities=GIVEN)
def test_marks_lie_in_the_text_in_order_and_never_over_each_other(
    pieces: list[str], given_entities: list[tuple[str, int, int]]
) -> None:
    """Whatever was written and marked; and a forward of it, which is marked again, looks the same."""
    text = "".join(pieces)
    units = utf16_length(text)
    sender = tuple(
        sorted(
            (Entity(kind, at, length, "1") for kind, at, length in given_entities if at + length <= units),
            key=lambda entity: (entity.offset, -entity.length),
        )
    )
    both = marked(text, sender)
    assert list(both) == sorted(both, key=lambda entity: (entity.offset, -entity.length))
    assert all(both.count(entity) >= sender.count(entity) for entity in sender)
    added = list(both)
    for entity in sender:
        added.remove(entity)
    end = 0
    for entity in added:
        assert end <= entity.offset < entity.offset + entity.length <= units
        end = entity.offset + entity.length
        for other in sender:
            apart = other.offset + other.length <= entity.offset or end <= other.offset
            assert apart or other.kind in ("Bold", "Italic", "Spoiler")
    assert marked(text, both) == both


@settings(max_examples=100)
@given(piece=PIECES.map(lambda pieces: "".join(pieces[:5])).filter(bool))
def test_no_text_keeps_the_server_busy(piece: str) -> None:
    """A hundred thousand letters of anything: if the work grew with their square, this would not end in time."""
    text = piece * (100_000 // len(piece))
    assert len(marked(text, ())) <= ENTITY_LIMIT


async def test_both_ends_and_the_filter_see_a_link(room: Room) -> None:
    """The sender is told of the mark, the receiver has it, and it is found among the links."""
    sent = await room.send(ALICE, BOB, "on example.com")
    await room.settle()
    link = (Entity("Url", 3, 11),)
    assert sent.message.entities == link
    assert (await room.copy_for(BOB, sent)).entities == link
    found = await room.messages.reading.search(ALICE, TO_BOB, Query(links=True), Page())
    assert [message.text for message in found.messages] == ["on example.com"]


async def test_an_edit_is_marked_anew(room: Room) -> None:
    sent = await room.send(ALICE, BOB, "on example.com")
    edit = room.messages.changes.edit
    with pytest.raises(BadRequest, match="MESSAGE_NOT_MODIFIED"):
        await edit(ALICE, TO_BOB, sent.message.id, "on example.com", ())
    event = await edit(ALICE, TO_BOB, sent.message.id, "#boats", ())
    assert event.message is not None
    assert event.message.entities == (Entity("Hashtag", 0, 6),)
    await room.settle()
    assert (await room.copy_for(BOB, sent)).entities == event.message.entities


async def test_posts_and_the_service_account_have_marks(room: Room) -> None:
    sent = await room.send(ALICE, Peer.channel(NEWS), "by @bob_parley")
    assert sent.message.entities == (Entity("Mention", 3, 11),)
    service = AccountId(777000)
    await room.messages.sending.send_from_service(service, BOB, NewMessage(text="/appeal 1", random_id=1))
    page = await room.messages.reading.history(BOB, Peer.user(service), Page())
    assert page.messages[0].entities == (Entity("BotCommand", 0, 7),)


async def test_the_gate_sees_what_can_be_pressed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new account that may send strangers no links may not send them one without its scheme either."""
    seen: list[tuple[Entity, ...]] = []

    async def check(sender: AccountId, peer: Peer, message: NewMessage) -> None:
        seen.append(message.entities)

    monkeypatch.setattr(room.messages.sending._gate, "check", check)
    await room.send(ALICE, BOB, "example.com")
    assert seen == [(Entity("Url", 0, 11),)]


def test_the_longest_text_is_marked_to_its_end() -> None:
    text = "x" * (TEXT_LIMIT - 12) + " example.com"
    assert shown(text) == [("Url", "example.com")]


def test_no_group_is_possessive() -> None:
    """Links are found with Debian's Python 3.11.2 too, where a group that never gives back matches nothing."""
    assert re.search(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+", marks._FINDS.pattern) is None
