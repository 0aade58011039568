"""What differs between layers by more than fields, as a function per case, found by constructor name.

Functions named `up_…` turn an object as the old layer spells it into the canonical one, `down_…` the reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley.tl import types
from parley.tl.base import TlObject
from parley.tl.classes import API, Classes
from parley.tl.definitions import Schema
from parley.tl.errors import Malformed, NotInLayer
from parley.tl.layer_tables import INLINE_BUTTONS, RENAMED, REPLY_BUTTONS

FALLBACKS: dict[str, Callable[[Any], TlObject]] = {
    "MessageAction": lambda _: types.MessageActionEmpty(),
    "MessageEntity": lambda entity: types.MessageEntityUnknown(offset=entity.offset, length=entity.length),
    "MessageMedia": lambda _: types.MessageMediaUnsupported(),
    "PageBlock": lambda _: types.PageBlockUnsupported(),
}
"""Boxed type -> what stands for a constructor that the client's layer lacks."""


class Old:
    """The classes of an older layer, for objects that only live between a hook and the codec."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.classes = Classes(lambda: schema, dict.fromkeys(("types", "functions"), f"layer {schema.layer}"))

    def make(self, name: str, /, **fields: object) -> TlObject:
        """An object of the old layer; fields that it lacks are left out. Raises NotInLayer for an unknown name."""
        if name not in self.schema.types:
            raise NotInLayer(name, self.schema.layer)
        class_ = self.classes.of("types", name)
        return class_(**{key: value for key, value in fields.items() if key in class_.TL_FIELDS})


Hook = Callable[[Any, Old], TlObject]


# Keyboards. Layer 229 split KeyboardButton: what a button does is a type of its own (ButtonType under a
# reply keyboard, InlineButtonType under a message), and inline rows are rows of another kind.

_OLD_BUTTON = {kind: name for name, kind in (REPLY_BUTTONS | INLINE_BUTTONS).items()}


def _fields(value: TlObject) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.TL_FIELDS}


def up_button(button: Any, _: Old) -> TlObject:
    """An old button becomes a KeyboardButton or, if it only makes sense inline, a KeyboardInlineButton."""
    fields = _fields(button)
    text, style = fields.pop("text"), fields.pop("style", None)
    inline = button.TL_NAME in INLINE_BUTTONS
    kind_name = (INLINE_BUTTONS if inline else REPLY_BUTTONS)[button.TL_NAME]
    kind = getattr(types, kind_name[0].upper() + kind_name[1:])(**fields)
    if inline:
        return types.KeyboardInlineButton(text=text, style=style, type=kind)
    return types.KeyboardButton(text=text, style=style, type=kind)


def up_inline_markup(markup: Any, _: Old) -> TlObject:
    """Rows of old buttons become rows of inline buttons; a reply keyboard's button has no place there."""
    rows = [types.KeyboardInlineButtonRow(buttons=row.buttons) for row in markup.rows]
    if not all(isinstance(button, types.KeyboardInlineButton) for row in rows for button in row.buttons):
        raise Malformed("a reply keyboard's button under a message")
    return types.ReplyInlineMarkup(rows=rows)


def up_keyboard_markup(markup: Any, _: Old) -> TlObject:
    """The same fields, after a check that no inline button came in."""
    if not all(isinstance(button, types.KeyboardButton) for row in markup.rows for button in row.buttons):
        raise Malformed("an inline button in a reply keyboard")
    return types.ReplyKeyboardMarkup(**_fields(markup))


def down_button(button: Any, old: Old) -> TlObject:
    """The old constructor that says what the button's type says."""
    kind = button.type
    if isinstance(kind, types.InlineButtonTypeDisabled):
        return old.make("keyboardButtonCallback", text=button.text, style=button.style, data=b"")
    name = _OLD_BUTTON[kind.TL_NAME]
    return old.make(name, text=button.text, style=button.style, **_fields(kind))


def down_inline_markup(markup: Any, old: Old) -> TlObject:
    """Inline rows become rows of old buttons; buttons that the layer cannot say fall out of their row."""
    rows = []
    for row in markup.rows:
        buttons = []
        for button in row.buttons:
            try:
                buttons.append(down_button(button, old))
            except NotInLayer:
                continue
        rows.append(old.make("keyboardButtonRow", buttons=buttons))
    return old.make("replyInlineMarkup", rows=rows)


# Polls. Until layer 223 a quiz named its right answers by their option bytes, since then by their position.


def up_poll_media(media: Any, _: Old) -> TlObject:
    """Option bytes become positions; an option that no answer has is malformed."""
    fields = _fields(media)
    if fields["correct_answers"] is not None:
        options = [getattr(answer, "option", None) for answer in media.poll.answers]
        if any(option not in options for option in fields["correct_answers"]):
            raise Malformed("a correct answer that is not among the answers")
        fields["correct_answers"] = [options.index(option) for option in fields["correct_answers"]]
    return types.InputMediaPoll(**fields)


def down_poll_media(media: Any, old: Old) -> TlObject:
    """Positions become option bytes."""
    fields = _fields(media)
    if fields["correct_answers"] is not None:
        try:
            answers = [media.poll.answers[position].option for position in fields["correct_answers"]]
        except (IndexError, AttributeError):
            raise NotInLayer("inputMediaPoll without options", old.schema.layer) from None
        fields["correct_answers"] = answers
    return old.make("inputMediaPoll", **fields)


# Gift attributes. Until layer 221 the rarity was a number, since then a type with named grades.


def up_gift_attribute(attribute: Any, _: Old) -> TlObject:
    fields = _fields(attribute)
    rarity = types.StarGiftAttributeRarity(permille=fields.pop("rarity_permille"))
    class_ = getattr(types, type(attribute).__name__)
    made: TlObject = class_(**fields, rarity=rarity)
    return made


def down_gift_attribute(attribute: Any, old: Old) -> TlObject:
    """A named grade has no number; old clients show it as zero."""
    permille = getattr(attribute.rarity, "permille", 0)
    return old.make(attribute.TL_NAME, **_fields(attribute), rarity_permille=permille)


# Rich texts and page blocks that grew after layer 224: the text stays, the decoration goes.


def down_to_text(rich: Any, _: Old) -> TlObject:
    inner: TlObject = rich.text
    return inner


def down_math(rich: Any, _: Old) -> TlObject:
    return types.TextPlain(text=rich.source)


def down_custom_emoji(rich: Any, _: Old) -> TlObject:
    return types.TextPlain(text=rich.alt)


def down_large_heading(block: Any, _: Old) -> TlObject:
    return types.PageBlockHeader(text=block.text)


def down_small_heading(block: Any, _: Old) -> TlObject:
    return types.PageBlockSubheader(text=block.text)


def down_thinking(block: Any, _: Old) -> TlObject:
    return types.PageBlockParagraph(text=block.text)


def down_math_block(block: Any, _: Old) -> TlObject:
    return types.PageBlockPreformatted(text=types.TextPlain(text=block.source), language="")


# Methods that were renamed when their first argument grew from a channel to any peer.


def _peer_of_channel(channel: Any) -> TlObject:
    """An InputChannel as an InputPeer."""
    if isinstance(channel, types.InputChannel):
        return types.InputPeerChannel(channel_id=channel.channel_id, access_hash=channel.access_hash)
    if isinstance(channel, types.InputChannelFromMessage):
        return types.InputPeerChannelFromMessage(
            peer=channel.peer, msg_id=channel.msg_id, channel_id=channel.channel_id
        )
    return types.InputPeerEmpty()


def up_renamed(call: Any, _: Old) -> TlObject:
    fields = _fields(call)
    peer = _peer_of_channel(fields.pop("channel"))
    return API.of("functions", RENAMED[call.TL_NAME])(peer=peer, **fields)


def up_pinned_topic(update: Any, _: Old) -> TlObject:
    fields = _fields(update)
    return types.UpdatePinnedForumTopic(peer=types.PeerChannel(channel_id=fields.pop("channel_id")), **fields)


def up_pinned_topics(update: Any, _: Old) -> TlObject:
    fields = _fields(update)
    return types.UpdatePinnedForumTopics(peer=types.PeerChannel(channel_id=fields.pop("channel_id")), **fields)


UP: dict[str, Hook] = {
    **dict.fromkeys([*REPLY_BUTTONS, *INLINE_BUTTONS], up_button),
    "replyInlineMarkup": up_inline_markup,
    "replyKeyboardMarkup": up_keyboard_markup,
    "inputMediaPoll": up_poll_media,
    "starGiftAttributeModel": up_gift_attribute,
    "starGiftAttributePattern": up_gift_attribute,
    "starGiftAttributeBackdrop": up_gift_attribute,
    "updateChannelPinnedTopic": up_pinned_topic,
    "updateChannelPinnedTopics": up_pinned_topics,
    **dict.fromkeys(RENAMED, up_renamed),
}
"""Name in an older layer -> how its object becomes canonical, where its fields alone do not fit."""

DOWN: dict[str, Hook] = {
    "keyboardButton": down_button,
    "keyboardInlineButton": down_button,
    "replyInlineMarkup": down_inline_markup,
    "inputMediaPoll": down_poll_media,
    "starGiftAttributeModel": down_gift_attribute,
    "starGiftAttributePattern": down_gift_attribute,
    "starGiftAttributeBackdrop": down_gift_attribute,
    **dict.fromkeys(
        (
            "textSpoiler", "textMention", "textHashtag", "textBotCommand", "textCashtag", "textAutoUrl",
            "textAutoEmail", "textAutoPhone", "textBankCard", "textMentionName", "textDate", "textDiff",
            "textButton",
        ),
        down_to_text,
    ),
    "textMath": down_math,
    "textCustomEmoji": down_custom_emoji,
    **dict.fromkeys(("pageBlockHeading1", "pageBlockHeading2"), down_large_heading),
    **dict.fromkeys(
        ("pageBlockHeading3", "pageBlockHeading4", "pageBlockHeading5", "pageBlockHeading6"), down_small_heading
    ),
    "pageBlockThinking": down_thinking,
    "pageBlockMath": down_math_block,
}  # fmt: skip
"""Canonical name -> how its object becomes one of an older layer, where its fields alone do not fit."""


def down_join_result(result: Any, old: Old) -> TlObject:
    """Joining a chat answered with updates before it could also answer with a page."""
    if not isinstance(result, types.messages.ChatInviteJoinResultOk):
        raise NotInLayer(result.TL_NAME, old.schema.layer)
    updates: TlObject = result.updates
    return updates


RESULTS: dict[str, Hook] = {
    "channels.joinChannel": down_join_result,
    "messages.importChatInvite": down_join_result,
}
"""Methods whose result's type changed -> how the canonical result becomes the old one."""
