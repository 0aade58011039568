"""What differs between layers by more than added fields and is a matter of names and values, by constructor name.

`tests/tl/test_layer_hooks.py` fails when a difference between schemas is neither here nor in `layer_hooks`.
"""

from __future__ import annotations

NEW_REQUIRED: dict[str, dict[str, object]] = {
    "auth.sentCodePaymentRequired": {"premium_days": 0},
    "dialog": {"unread_poll_votes_count": 0},
    "forumTopic": {"unread_poll_votes_count": 0},
    "inputStorePaymentAuthCode": {"premium_days": 0},
    "messages.getPollResults": {"poll_hash": 0},
    "poll": {"hash": 0},
    "updateMessagePollVote": {"positions": []},
}
"""Required fields that older layers lack -> what they read as; a writer leaves them out."""

ONCE_REQUIRED: dict[str, dict[str, object]] = {
    "pageListOrderedItemBlocks": {"num": ""},
    "pageListOrderedItemText": {"num": ""},
    "pollAnswerVoters": {"voters": 0},
    "urlAuthResultAccepted": {"url": ""},
}
"""Optional fields that older layers require -> what is written for None; without an entry it is unsayable."""

LOST: dict[str, set[str]] = {"messages.composeMessageWithAI": {"change_tone"}}
"""Fields of older layers that nothing reads any more."""

UNSAYABLE = {"messages.chatInviteJoinResultWebView"}
"""Constructors whose older form carries what the canonical one does not know."""

DROPPABLE = frozenset(
    {
        "ChannelAdminLogEvent",
        "Dialog",
        "DialogPeer",
        "KeyboardButton",
        "MessageEntity",
        "TopPeerCategoryPeers",
        "Update",
        "WebPageAttribute",
    }
)
"""Types whose values are left out of a vector when the client's layer cannot say them."""

CHECKED = {"replyKeyboardMarkup"}
"""Names whose hook in UP runs although the fields fit."""

REPLY_BUTTONS = {
    "keyboardButton": "buttonTypeDefault",
    "keyboardButtonRequestPhone": "buttonTypeRequestPhone",
    "keyboardButtonRequestGeoLocation": "buttonTypeRequestGeoLocation",
    "keyboardButtonRequestPoll": "buttonTypeRequestPoll",
    "keyboardButtonRequestPeer": "buttonTypeRequestPeer",
    "inputKeyboardButtonRequestPeer": "inputButtonTypeRequestPeer",
    "keyboardButtonSimpleWebView": "buttonTypeSimpleWebView",
}
INLINE_BUTTONS = {
    "keyboardButtonUrl": "inlineButtonTypeUrl",
    "keyboardButtonUrlAuth": "inlineButtonTypeUrlAuth",
    "inputKeyboardButtonUrlAuth": "inputInlineButtonTypeUrlAuth",
    "keyboardButtonWebView": "inlineButtonTypeWebView",
    "keyboardButtonCallback": "inlineButtonTypeCallback",
    "keyboardButtonGame": "inlineButtonTypeGame",
    "keyboardButtonBuy": "inlineButtonTypeBuy",
    "keyboardButtonSwitchInline": "inlineButtonTypeSwitchInline",
    "keyboardButtonUserProfile": "inlineButtonTypeUserProfile",
    "inputKeyboardButtonUserProfile": "inputInlineButtonTypeUserProfile",
    "keyboardButtonCopy": "inlineButtonTypeCopy",
}
RENAMED = {
    "channels.createForumTopic": "messages.createForumTopic",
    "channels.deleteTopicHistory": "messages.deleteTopicHistory",
    "channels.editCreator": "messages.editChatCreator",
    "channels.editForumTopic": "messages.editForumTopic",
    "channels.getForumTopics": "messages.getForumTopics",
    "channels.getForumTopicsByID": "messages.getForumTopicsByID",
    "channels.getFutureCreatorAfterLeave": "messages.getFutureChatCreatorAfterLeave",
    "channels.reorderPinnedForumTopics": "messages.reorderPinnedForumTopics",
    "channels.updatePinnedForumTopic": "messages.updatePinnedForumTopic",
}
"""Old method with a `channel` -> the canonical one with a `peer` and the same other fields."""
