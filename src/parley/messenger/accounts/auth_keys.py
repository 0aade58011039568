"""Durable authorization keys, encrypted at rest: what the protocol's server keeps across restarts."""

from __future__ import annotations

from typing import Any

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.ids import AuthKeyId
from parley.messenger.accounts import device_store, sealing
from parley.messenger.accounts.sealing import Secrets
from parley.storage.database import Database, retrying


class AuthKeys:
    """Keeps, finds and forgets authorization keys. Every write is durable when its method returns."""

    def __init__(self, db: Database, secrets: Secrets) -> None:
        self._db = db
        self._secrets = secrets

    async def load(self, auth_key_id: AuthKeyId) -> AuthKey | None:
        """Give a key, or None where there is none."""
        row = await retrying(lambda: device_store.key_row(self._db, auth_key_id))
        if row is None:
            return None
        return _auth_key(row, sealing.open_auth_key(self._secrets, auth_key_id, row["sealed"]))

    async def save(self, key: AuthKey) -> bool:
        """Keep a new key; False, and no change, when its id is taken."""
        sealed = sealing.seal_auth_key(self._secrets, key.auth_key_id, key.key)
        return await device_store.insert_key(self._db, key, sealed)

    async def delete(self, auth_key_id: AuthKeyId) -> None:
        """Forget a key and every temporary key that is bound to it."""
        async with self._db.transaction() as conn:
            await device_store.delete_key(conn, auth_key_id)

    async def bind(self, temporary: AuthKeyId, permanent: AuthKeyId, expires_at: int) -> None:
        """Let a temporary key act for a permanent one until `expires_at` (Unix seconds)."""
        async with self._db.transaction() as conn:
            await device_store.bind_key(conn, temporary, permanent, expires_at)

    async def remember_client(self, auth_key_id: AuthKeyId, layer: int, client: ClientInfo | None) -> None:
        """Keep the newest layer of a key and, where given, what its client says of itself."""
        await device_store.describe_key(self._db, auth_key_id, layer, client)

    async def drop_temporary(self, permanent: AuthKeyId, but: frozenset[AuthKeyId]) -> list[AuthKeyId]:
        """Forget the temporary keys of a permanent one, except some; gives those that are gone."""
        async with self._db.transaction() as conn:
            bound = await device_store.bound_keys(conn, permanent)
            gone = [key for key in bound if key not in but]
            for key in gone:
                await device_store.delete_key(conn, key)
                await device_store.unbind_key(conn, permanent, key)
        return gone

    async def purge(self, now: int) -> None:
        """Forget temporary keys that expired before `now` (Unix seconds)."""
        async with self._db.transaction() as conn:
            await device_store.purge_keys(conn, now)


def _auth_key(row: Any, key: bytes) -> AuthKey:
    bound = row["bound_to"]
    return AuthKey(
        auth_key_id=AuthKeyId(row["auth_key_id"]),
        key=key,
        created_at=row["created_at"],
        first_salt=row["first_salt"],
        expires_at=row["expires_at"],
        bound_to=None if bound is None else AuthKeyId(bound),
        layer=row["layer"],
        client=_client(row) if row["api_id"] else None,
        test_mode=row["test_mode"],
    )


def _client(row: Any) -> ClientInfo:
    return ClientInfo(**{name: row[name] for name in ClientInfo.__slots__})
