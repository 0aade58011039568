"""What clients keep with their account: notification settings by chat, and small switches by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.accounts import settings_store
from parley.messenger.accounts.events import NotifySettingsChanged
from parley.messenger.accounts.model import NotifySettings
from parley.messenger.accounts.ports import Events
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

#: Scopes that are not one chat.
USERS, CHATS, BROADCASTS = "users", "chats", "broadcasts"
_CACHED = 20_000
_UNSET = NotifySettings()


def scope_of(peer: Peer) -> str:
    """Name the scope of one chat."""
    return f"{peer.kind.value}:{peer.id}"


class Preferences:
    """Notification settings and named switches of all accounts."""

    def __init__(self, db: Database, events: Events) -> None:
        self._db = db
        self._events = events
        self._notify: ReadCache[AccountId, dict[str, NotifySettings]] = ReadCache(self._read, _CACHED)

    async def notify_settings(self, account: AccountId, scope: str) -> NotifySettings:
        """Give what was set for a scope; unset parts are None."""
        return (await self.all_notify_settings(account)).get(scope, _UNSET)

    async def all_notify_settings(self, account: AccountId) -> Mapping[str, NotifySettings]:
        """Give everything that was set, by scope."""
        return await self._notify.get(account) or {}

    async def set_notify_settings(
        self, account: AccountId, scope: str, settings: NotifySettings, *, origin: int | None = None
    ) -> None:
        """Replace the settings of a scope."""
        await settings_store.write_notify_settings(self._db, account, scope, settings)
        await self._changed(account, scope, origin)

    async def reset_notify_settings(self, account: AccountId, *, origin: int | None = None) -> None:
        """Return everything to the defaults."""
        before = await self.all_notify_settings(account)
        await settings_store.clear_notify_settings(self._db, account)
        for scope in before:
            await self._changed(account, scope, origin)

    async def setting(self, account: AccountId, name: str, default: Any) -> Any:
        """Give a named switch, or `default` when it was never set."""
        value = await settings_store.named_setting(self._db, account, name)
        return default if value is None else value

    async def set_setting(self, account: AccountId, name: str, value: object) -> None:
        """Keep a named switch; `value` is anything that JSON can carry."""
        await settings_store.write_named_setting(self._db, account, name, value)

    def forget(self, account: AccountId) -> None:
        """Drop what is cached; called when the bus tells of a change."""
        self._notify.forget(account)

    async def _changed(self, account: AccountId, scope: str, origin: int | None) -> None:
        self._notify.forget(account)
        await self._events.publish(NotifySettingsChanged(account, scope, origin))

    async def _read(self, ids: Collection[AccountId]) -> Mapping[AccountId, dict[str, NotifySettings]]:
        return await settings_store.notify_settings(self._db, ids)
