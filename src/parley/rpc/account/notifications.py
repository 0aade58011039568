"""How loudly chats announce themselves."""

from __future__ import annotations

from typing import Any

from parley.messenger.accounts.model import NotifySettings
from parley.messenger.accounts.preferences import BROADCASTS, CHATS, USERS, scope_of
from parley.messenger.errors import BadRequest
from parley.rpc.answers import updates
from parley.rpc.context import Context
from parley.rpc.convert import settings as convert_settings
from parley.rpc.peers import resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types

_SCOPES = {"inputNotifyUsers": USERS, "inputNotifyChats": CHATS, "inputNotifyBroadcasts": BROADCASTS}


@method("account.getNotifySettings")
async def get_notify_settings(
    ctx: Context, request: functions.account.GetNotifySettings
) -> types.PeerNotifySettings:
    """Give the settings of a chat, or of a kind of chats."""
    scope = _scope(ctx, request.peer)
    settings = await ctx.services.preferences.notify_settings(ctx.me, scope)
    return convert_settings.notify_settings(settings, whole=scope in convert_settings.KINDS)


@method("account.updateNotifySettings")
async def update_notify_settings(ctx: Context, request: functions.account.UpdateNotifySettings) -> bool:
    """Replace the settings of a chat, or of a kind of chats."""
    given: Any = request.settings
    settings = NotifySettings(given.show_previews, given.silent, given.mute_until, _read_sound(given.sound))
    await ctx.services.preferences.set_notify_settings(
        ctx.me, _scope(ctx, request.peer), settings, origin=ctx.session
    )
    return True


@method("account.resetNotifySettings")
async def reset_notify_settings(ctx: Context, request: functions.account.ResetNotifySettings) -> bool:
    """Return everything to the defaults."""
    await ctx.services.preferences.reset_notify_settings(ctx.me, origin=ctx.session)
    return True


@method("account.getNotifyExceptions")
async def get_notify_exceptions(ctx: Context, request: functions.account.GetNotifyExceptions) -> types.Updates:
    """Give the chats whose settings differ from those of their kind."""
    stored = await ctx.services.preferences.all_notify_settings(ctx.me)
    found = {scope: settings for scope, settings in stored.items() if scope not in convert_settings.KINDS}
    told = [
        types.UpdateNotifySettings(
            peer=convert_settings.notify_peer(scope), notify_settings=convert_settings.notify_settings(settings)
        )
        for scope, settings in found.items()
    ]
    return await updates(ctx, told, [convert_settings.peer_of(scope) for scope in found])


def _scope(ctx: Context, given: Any) -> str:
    if given.TL_NAME in _SCOPES:
        return _SCOPES[given.TL_NAME]
    if given.TL_NAME in ("inputNotifyPeer", "inputNotifyForumTopic"):
        return scope_of(resolve_peer(ctx, given.peer))
    raise BadRequest("PEER_ID_INVALID")


def _read_sound(given: Any) -> str | None:
    if given is None:
        return None
    if given.TL_NAME == "notificationSoundNone":
        return "none"
    if given.TL_NAME == "notificationSoundRingtone":
        return f"ringtone:{given.id}"
    return "default"
