"""What an account has set, on the wire: how loudly chats announce themselves, and who may see what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.model import NotifySettings, PrivacyRule, PrivacyRuleKind, PrivacySubject
from parley.messenger.accounts.preferences import BROADCASTS, CHATS, USERS
from parley.rpc.convert.peers import peer
from parley.tl import types

#: Scopes that are a whole kind of chats, with the object that stands for each.
KINDS = {USERS: types.NotifyUsers, CHATS: types.NotifyChats, BROADCASTS: types.NotifyBroadcasts}
#: What counts where neither the chat nor its kind was set.
_DEFAULTS = NotifySettings(show_previews=True, silent=False, mute_until=0, sound="default")


def notify_settings(settings: NotifySettings, *, whole: bool = False) -> types.PeerNotifySettings:
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


def notify_peer(scope: str) -> Any:
    """Give the object for a scope: a chat, or a kind of chats."""
    return KINDS[scope]() if scope in KINDS else types.NotifyPeer(peer=peer(peer_of(scope)))


def peer_of(scope: str) -> Peer:
    """Read back the scope of one chat."""
    kind, _, ident = scope.partition(":")
    return Peer(PeerKind(kind), int(ident))


def privacy_rules(rules: Iterable[PrivacyRule]) -> list[Any]:
    """Give Telegram's objects for rules."""
    return [_rule(rule) for rule in rules]


def privacy_key(subject: PrivacySubject) -> Any:
    """Give Telegram's object for what a privacy setting is about."""
    name = "PhoneP2P" if subject is PrivacySubject.PHONE_P2P else _camel(subject.value)
    return getattr(types, f"PrivacyKey{name}")()


def _rule(rule: PrivacyRule) -> Any:
    made = getattr(types, f"PrivacyValue{_camel(rule.kind.value)}")
    if rule.kind in (PrivacyRuleKind.ALLOW_USERS, PrivacyRuleKind.DISALLOW_USERS):
        return made(users=sorted(rule.users))
    return made()


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _filled(settings: NotifySettings) -> NotifySettings:
    chosen = {}
    for name in NotifySettings.__slots__:
        value = getattr(settings, name)
        chosen[name] = getattr(_DEFAULTS, name) if value is None else value
    return NotifySettings(**chosen)


def _sound(sound: str | None) -> Any:
    if sound is None:
        return None
    if sound == "none":
        return types.NotificationSoundNone()
    if sound.startswith("ringtone:"):
        return types.NotificationSoundRingtone(id=int(sound.partition(":")[2]))
    return types.NotificationSoundDefault()
