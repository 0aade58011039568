"""Catalogues that this server keeps empty: clients ask for them on start and use what they ship with."""

from __future__ import annotations

from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types


@method("account.getThemes")
async def get_themes(ctx: Context, request: functions.account.GetThemes) -> types.account.Themes:
    """List the themes that the account has installed."""
    return types.account.Themes(hash=0, themes=[])


@method("account.getChatThemes")
async def get_chat_themes(ctx: Context, request: functions.account.GetChatThemes) -> types.account.Themes:
    """List the themes for single chats."""
    return types.account.Themes(hash=0, themes=[])


@method("account.getWallPapers")
async def get_wall_papers(ctx: Context, request: functions.account.GetWallPapers) -> types.account.WallPapers:
    """List the backgrounds that the server offers."""
    return types.account.WallPapers(hash=0, wallpapers=[])


@method("account.getSavedRingtones")
async def get_saved_ringtones(
    ctx: Context, request: functions.account.GetSavedRingtones
) -> types.account.SavedRingtones:
    """List the account's notification sounds."""
    return types.account.SavedRingtones(hash=0, ringtones=[])


@method("account.getDefaultEmojiStatuses")
async def get_default_emoji_statuses(
    ctx: Context, request: functions.account.GetDefaultEmojiStatuses
) -> types.account.EmojiStatuses:
    """List the emoji statuses that the server suggests."""
    return _no_statuses()


@method("account.getRecentEmojiStatuses")
async def get_recent_emoji_statuses(
    ctx: Context, request: functions.account.GetRecentEmojiStatuses
) -> types.account.EmojiStatuses:
    """List the emoji statuses that the account used."""
    return _no_statuses()


@method("account.getChannelDefaultEmojiStatuses")
async def get_channel_default_emoji_statuses(
    ctx: Context, request: functions.account.GetChannelDefaultEmojiStatuses
) -> types.account.EmojiStatuses:
    """List the emoji statuses that the server suggests for channels."""
    return _no_statuses()


@method("account.getCollectibleEmojiStatuses")
async def get_collectible_emoji_statuses(
    ctx: Context, request: functions.account.GetCollectibleEmojiStatuses
) -> types.account.EmojiStatuses:
    """List the collectible statuses that the account owns."""
    return _no_statuses()


@method("account.getDefaultProfilePhotoEmojis")
async def get_default_profile_photo_emojis(
    ctx: Context, request: functions.account.GetDefaultProfilePhotoEmojis
) -> types.EmojiList:
    """List the emoji that the server suggests for profile photos."""
    return types.EmojiList(hash=0, document_id=[])


@method("account.getDefaultGroupPhotoEmojis")
async def get_default_group_photo_emojis(
    ctx: Context, request: functions.account.GetDefaultGroupPhotoEmojis
) -> types.EmojiList:
    """List the emoji that the server suggests for group photos."""
    return types.EmojiList(hash=0, document_id=[])


@method("account.getDefaultBackgroundEmojis")
async def get_default_background_emojis(
    ctx: Context, request: functions.account.GetDefaultBackgroundEmojis
) -> types.EmojiList:
    """List the emoji that the server suggests for backgrounds."""
    return types.EmojiList(hash=0, document_id=[])


@method("account.getConnectedBots")
async def get_connected_bots(
    ctx: Context, request: functions.account.GetConnectedBots
) -> types.account.ConnectedBots:
    """List the bots that answer in the account's name."""
    return types.account.ConnectedBots(connected_bots=[], users=[])


def _no_statuses() -> types.account.EmojiStatuses:
    return types.account.EmojiStatuses(hash=0, statuses=[])
