"""How loudly chats announce themselves."""

from __future__ import annotations

from typing import Any

from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.model import NotifySettings
from parley.messenger.accounts.preferences import BROADCASTS, CHATS, USERS, scope_of
from parley.messenger.errors import BadRequest
from parley.rpc.answers import updates
from parley.rpc.context import Context
from parley.rpc.convert import peers as convert_peers
from parley.rpc.peers import resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types

_SCOPES = {"inputNotifyUsers": USERS, "inputNotifyChats": CHATS, "inputNotifyBroadcasts": BROADCASTS}
#: What counts where neither the chat nor its kind was set.
_DEFAULTS = NotifySettings(show_previews=True, silent=False, mute_until=0, sound="default")


@method("account.getNotifySettings")
async def get_notify_settings(
    ctx: Context, request: functions.account.GetNotifySettings
) -> types.PeerNotifySettings:
    """Give the settings of a chat, or of a kind of chats."""
    scope = _scope(ctx, request.peer)
    settings = await ctx.services.preferences.notify_settings(ctx.me, scope)
    return convert(settings, whole=scope in _SCOPES.values())


@method("account.updateNotifySettings")
async def update_notify_settings(ctx: Context, request: functions.account.UpdateNotifySettings) -> bool:
    """Replace the settings of a chat, or of a kind of chats."""
    given: Any = request.settings
    settings = NotifySettings(given.show_previews, given.silent, given.mute_until, _read_sound(given.sound))
    await ctx.services.preferences.set_notify_settings(ctx.me, _scope(ctx, request.peer), settings)
    return True


@method("account.resetNotifySettings")
async def reset_notify_settings(ctx: Context, request: functions.account.ResetNotifySettings) -> bool:
    """Return everything to the defaults."""
    await ctx.services.preferences.reset_notify_settings(ctx.me)
    return True


@method("account.getNotifyExceptions")
async def get_notify_exceptions(ctx: Context, request: functions.account.GetNotifyExceptions) -> types.Updates:
    """Give the chats whose settings differ from those of their kind."""
    stored = await ctx.services.preferences.all_notify_settings(ctx.me)
    found = {peer_of(scope): settings for scope, settings in stored.items() if ":" in scope}
    told = [
        types.UpdateNotifySettings(
            peer=types.NotifyPeer(peer=convert_peers.peer(peer)), notify_settings=convert(settings)
        )
        for peer, settings in found.items()
    ]
    return await updates(ctx, told, found)


def convert(settings: NotifySettings, *, whole: bool = False) -> types.PeerNotifySettings:
    """Convert settings; a whole kind of chats has a value in every field."""
    shown = _filled(settings) if whole else settings
    sound = _sound(shown.sound)
    return types.PeerNotifySettings(
        show_previews=shown.show_previews,
        silent=shown.silent,
        mute_until=shown.mute_until,
        ios_sound=sound,
        android_sound=sound,
        other_sound=sound,
    )


def peer_of(scope: str) -> Peer:
    """Read back the scope of one chat."""
    kind, _, ident = scope.partition(":")
    return Peer(PeerKind(kind), int(ident))


def _filled(settings: NotifySettings) -> NotifySettings:
    chosen = {}
    for name in NotifySettings.__slots__:
        value = getattr(settings, name)
        chosen[name] = getattr(_DEFAULTS, name) if value is None else value
    return NotifySettings(**chosen)


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


def _sound(sound: str | None) -> Any:
    if sound is None:
        return None
    if sound == "none":
        return types.NotificationSoundNone()
    if sound.startswith("ringtone:"):
        return types.NotificationSoundRingtone(id=int(sound.partition(":")[2]))
    return types.NotificationSoundDefault()
