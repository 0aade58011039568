"""Every difference between layers is either additive or has an entry in a table; the entries do what they say."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from parley.tl import functions, layers, types
from parley.tl.base import TlObject
from parley.tl.definitions import Definition, canonical, layer
from parley.tl.differences import reading_gaps, writing_gaps
from parley.tl.errors import Malformed, NotInLayer
from parley.tl.layer_hooks import DOWN, RESULTS, UP
from parley.tl.layer_tables import LOST, NEW_REQUIRED, ONCE_REQUIRED, UNSAYABLE

OLDER = [number for number in layers.SUPPORTED if number != 229]
CLIENT_ONLY = {"messages.sendBotRequestedPeer", "channels.editAdmin"}
"""Methods that lost the duty of a field: we read them and never write them in an old layer."""
EPHEMERAL = {
    "ephemeral.sendMessage", "ephemeral.deleteMessage", "ephemeral.editMessage", "ephemeralMessage",
    "updateEphemeralBotCallbackQuery",
}  # fmt: skip
"""Until layer 228 an ephemeral message always had a chat; one without cannot be said there."""


def pairs() -> Iterator[tuple[int, Definition, Definition]]:
    """Every definition that an older layer spells otherwise, with the canonical one."""
    for number in OLDER:
        schema = layer(number)
        for section in (schema.types, schema.functions):
            current = getattr(canonical(), section.kind)
            for name in section:
                if name in current and section[name] != current[name]:
                    yield number, section[name], current[name]


def test_no_difference_in_reading_is_unaccounted_for() -> None:
    """A new schema cannot be imported without a decision on each of its differences."""
    open_ = [
        (number, old.name, field)
        for number, old, current in pairs()
        for field in reading_gaps(old, current)
        if field not in NEW_REQUIRED.get(old.name, {})
        and field not in LOST.get(old.name, set())
        and old.name not in {*UP, *UNSAYABLE}
    ]
    assert not open_


def test_no_difference_in_writing_is_unaccounted_for() -> None:
    open_ = [
        (number, old.name, field)
        for number, old, current in pairs()
        for field in writing_gaps(old, current)
        if field not in NEW_REQUIRED.get(old.name, {})
        and field not in ONCE_REQUIRED.get(old.name, {})
        and old.name not in {*DOWN, *UNSAYABLE, *CLIENT_ONLY, *EPHEMERAL}
    ]
    assert not open_


def test_what_only_older_layers_have_is_understood() -> None:
    """No method of an old client is lost because it was renamed since."""
    lost = {
        name
        for number in OLDER
        for section in (layer(number).types, layer(number).functions)
        for name in section
        if name not in getattr(canonical(), section.kind) and name not in UP
    }
    assert not lost


def test_results_that_changed_their_type_have_a_hook() -> None:
    changed = {
        old.name for _, old, current in pairs() if old.section == "functions" and old.result != current.result
    }
    assert changed == set(RESULTS)


def keyboard(*kinds: types.TypeInlineButtonType) -> types.ReplyInlineMarkup:
    buttons = [types.KeyboardInlineButton(text=kind.TL_NAME, type=kind) for kind in kinds]
    return types.ReplyInlineMarkup(rows=[types.KeyboardInlineButtonRow(buttons=buttons)])


INLINE: list[types.TypeInlineButtonType] = [
    types.InlineButtonTypeUrl(url="https://example.org"),
    types.InlineButtonTypeUrlAuth(url="https://example.org", button_id=3, fwd_text="f"),
    types.InputInlineButtonTypeUrlAuth(url="https://example.org", bot=types.InputUserSelf()),
    types.InlineButtonTypeWebView(url="https://example.org"),
    types.InlineButtonTypeCallback(data=b"pressed", requires_password=True),
    types.InlineButtonTypeGame(),
    types.InlineButtonTypeBuy(),
    types.InlineButtonTypeSwitchInline(query="q", same_peer=True, peer_types=[types.InlineQueryPeerTypePM()]),
    types.InlineButtonTypeUserProfile(user_id=7),
    types.InputInlineButtonTypeUserProfile(user_id=types.InputUserSelf()),
    types.InlineButtonTypeCopy(copy_text="copied"),
]
REPLY: list[types.TypeButtonType] = [
    types.ButtonTypeDefault(),
    types.ButtonTypeRequestPhone(),
    types.ButtonTypeRequestGeoLocation(),
    types.ButtonTypeRequestPoll(quiz=True),
    types.ButtonTypeRequestPeer(button_id=1, peer_type=types.RequestPeerTypeUser(), max_quantity=2),
    types.InputButtonTypeRequestPeer(button_id=1, peer_type=types.RequestPeerTypeUser(), max_quantity=2),
    types.ButtonTypeSimpleWebView(url="https://example.org"),
]


@pytest.mark.parametrize("number", layers.SUPPORTED)
@pytest.mark.parametrize("kind", INLINE, ids=lambda kind: kind.TL_NAME)
def test_buttons_under_a_message_work_for_bots_of_every_layer(
    number: int, kind: types.TypeInlineButtonType
) -> None:
    codec = layers.get(number)
    assert codec.decode(codec.encode(keyboard(kind))) == keyboard(kind)


@pytest.mark.parametrize("number", layers.SUPPORTED)
@pytest.mark.parametrize("kind", REPLY, ids=lambda kind: kind.TL_NAME)
def test_buttons_of_a_keyboard_work_for_bots_of_every_layer(number: int, kind: types.TypeButtonType) -> None:
    row = types.KeyboardButtonRow(buttons=[types.KeyboardButton(text="text", type=kind)])
    markup = types.ReplyKeyboardMarkup(rows=[row], resize=True, placeholder="p")
    codec = layers.get(number)
    assert codec.decode(codec.encode(markup)) == markup


def test_a_buttons_colour_is_kept_where_the_layer_has_one() -> None:
    style = types.KeyboardButtonStyle(bg_danger=True)
    button = types.KeyboardInlineButton(text="t", type=types.InlineButtonTypeBuy(), style=style)
    markup = types.ReplyInlineMarkup(rows=[types.KeyboardInlineButtonRow(buttons=[button])])
    assert layers.get(228).decode(layers.get(228).encode(markup)) == markup
    plain = layers.get(221).decode(layers.get(221).encode(markup))
    assert plain.rows[0].buttons == [button.replaced(style=None)]


def test_a_disabled_button_does_nothing_in_an_old_client() -> None:
    read = layers.get(227).decode(layers.get(227).encode(keyboard(types.InlineButtonTypeDisabled())))
    assert read.rows[0].buttons[0].type == types.InlineButtonTypeCallback(data=b"")


def test_a_button_that_a_layer_cannot_say_falls_out_of_its_row() -> None:
    """The rest of the message arrives."""
    create = types.ButtonTypeRequestPeer(button_id=1, peer_type=types.RequestPeerTypeCreateBot(), max_quantity=1)
    buttons = [
        types.KeyboardButton(text="create", type=create),
        types.KeyboardButton(text="stay", type=types.ButtonTypeDefault()),
    ]
    markup = types.ReplyKeyboardMarkup(rows=[types.KeyboardButtonRow(buttons=buttons)])
    read = layers.get(221).decode(layers.get(221).encode(markup))
    assert [button.text for button in read.rows[0].buttons] == ["stay"]


@pytest.mark.parametrize("number", OLDER)
def test_an_old_bot_cannot_mix_the_kinds_of_buttons(number: int) -> None:
    codec = layers.get(number)
    inline = codec.encode(keyboard(types.InlineButtonTypeBuy()))
    row = types.KeyboardButtonRow(buttons=[types.KeyboardButton(text="t", type=types.ButtonTypeDefault())])
    reply = codec.encode(types.ReplyKeyboardMarkup(rows=[row]))
    with pytest.raises(Malformed):
        codec.decode(inline[:4] + reply[8:])
    with pytest.raises(Malformed):
        codec.decode(reply[:8] + inline[4:])


def quiz(number: int) -> types.InputMediaPoll:
    answers: list[types.TypePollAnswer] = [
        types.PollAnswer(text=types.TextWithEntities(text=option, entities=[]), option=option.encode())
        for option in ("a", "b", "c")
    ]
    question = types.TextWithEntities(text="?", entities=[])
    poll = types.Poll(id=1, quiz=True, question=question, answers=answers, hash=0)
    return types.InputMediaPoll(poll=poll, correct_answers=[number])


@pytest.mark.parametrize("number", layers.SUPPORTED)
def test_the_right_answer_of_a_quiz_is_the_same_in_every_layer(number: int) -> None:
    codec = layers.get(number)
    assert codec.decode(codec.encode(quiz(1))) == quiz(1)


def test_a_right_answer_that_is_no_answer_is_refused() -> None:
    data = layers.get(221).encode(quiz(1))
    at = data.rindex(b"\1b\0\0")
    with pytest.raises(Malformed, match="correct answer"):
        layers.get(221).decode(data[:at] + b"\1x\0\0" + data[at + 4 :])
    with pytest.raises(NotInLayer):
        layers.get(221).encode(quiz(9))


def test_the_rarity_of_a_gift_is_a_number_in_old_layers() -> None:
    document = types.DocumentEmpty(id=1)
    model = types.StarGiftAttributeModel(
        name="n", document=document, rarity=types.StarGiftAttributeRarity(permille=15)
    )
    codec = layers.get(221)
    assert codec.decode(codec.encode(model)) == model
    graded = model.replaced(rarity=types.StarGiftAttributeRarityEpic())
    assert codec.decode(codec.encode(graded)).rarity.permille == 0


RICH: list[tuple[TlObject, TlObject]] = [
    (types.TextSpoiler(text=types.TextPlain(text="t")), types.TextPlain(text="t")),
    (types.TextMath(source="x^2"), types.TextPlain(text="x^2")),
    (types.TextCustomEmoji(document_id=1, alt=":)"), types.TextPlain(text=":)")),
    (types.PageBlockHeading1(text=types.TextEmpty()), types.PageBlockHeader(text=types.TextEmpty())),
    (types.PageBlockHeading5(text=types.TextEmpty()), types.PageBlockSubheader(text=types.TextEmpty())),
    (types.PageBlockThinking(text=types.TextEmpty()), types.PageBlockParagraph(text=types.TextEmpty())),
    (
        types.PageBlockMath(source="x"),
        types.PageBlockPreformatted(text=types.TextPlain(text="x"), language=""),
    ),
    (
        types.PageBlockDocument(
            document_id=1, caption=types.PageCaption(text=types.TextEmpty(), credit=types.TextEmpty())
        ),
        types.PageBlockUnsupported(),
    ),
]


@pytest.mark.parametrize(("new", "old"), RICH, ids=lambda value: value.TL_NAME)
def test_new_rich_text_is_readable_in_an_old_client(new: TlObject, old: TlObject) -> None:
    codec = layers.get(224)
    assert codec.decode(codec.encode(new)) == old


@pytest.mark.parametrize("number", [221, 223, 227])
def test_topics_of_an_old_client_reach_the_methods_that_took_their_place(number: int) -> None:
    codec = layers.get(number)
    channel = codec.encode(types.InputChannel(channel_id=1, access_hash=2))
    created = layer(number).functions["channels.createForumTopic"].id
    data = struct.pack("<II", created, 1) + channel + b"\4news\0\0\0" + struct.pack("<iq", 4, 3)
    assert codec.decode_call(data) == functions.messages.CreateForumTopic(
        peer=types.InputPeerChannel(channel_id=1, access_hash=2), title="news", random_id=3, icon_color=4
    )
