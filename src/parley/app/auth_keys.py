"""Fills MTProto's `KeyStore` with the accounts' authorization keys."""

from __future__ import annotations

from dataclasses import asdict

from parley.core.ids import AuthKeyId
from parley.messenger.accounts.auth_keys import AuthKeys
from parley.messenger.accounts.model import AuthKey
from parley.messenger.accounts.model import ClientInfo as StoredClient
from parley.mtproto.ports import AuthKeyRecord, ClientInfo


class AccountKeyStore:
    """MTProto's keys, kept by the accounts."""

    def __init__(self, keys: AuthKeys) -> None:
        self._keys = keys

    async def load(self, auth_key_id: AuthKeyId) -> AuthKeyRecord | None:
        """See `KeyStore`."""
        found = await self._keys.load(auth_key_id)
        if found is None:
            return None
        return AuthKeyRecord(
            auth_key_id=found.auth_key_id,
            key=found.key,
            created_at=found.created_at,
            first_salt=found.first_salt,
            expires_at=found.expires_at,
            bound_to=found.bound_to,
            layer=found.layer,
            client=None if found.client is None else ClientInfo(**asdict(found.client)),
            test_mode=found.test_mode,
        )

    async def save(self, record: AuthKeyRecord) -> bool:
        """See `KeyStore`."""
        return await self._keys.save(
            AuthKey(
                auth_key_id=record.auth_key_id,
                key=record.key,
                created_at=record.created_at,
                first_salt=record.first_salt,
                expires_at=record.expires_at,
                bound_to=record.bound_to,
                layer=record.layer,
                client=_stored(record.client),
                test_mode=record.test_mode,
            )
        )

    async def delete(self, auth_key_id: AuthKeyId) -> None:
        """See `KeyStore`."""
        await self._keys.delete(auth_key_id)

    async def bind(self, temporary: AuthKeyId, permanent: AuthKeyId, expires_at: int) -> None:
        """See `KeyStore`."""
        await self._keys.bind(temporary, permanent, expires_at)

    async def remember_client(self, auth_key_id: AuthKeyId, layer: int, client: ClientInfo | None) -> None:
        """See `KeyStore`."""
        await self._keys.remember_client(auth_key_id, layer, _stored(client))


def _stored(client: ClientInfo | None) -> StoredClient | None:
    return None if client is None else StoredClient(**asdict(client))
