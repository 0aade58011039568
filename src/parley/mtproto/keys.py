"""Authorization keys in memory: what every message needs of its key, in front of the durable store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.ids import AuthKeyId
from parley.mtproto.encryption import Sealer
from parley.mtproto.ports import KeyStore
from parley.mtproto.salts import Salts

if TYPE_CHECKING:
    from parley.mtproto.session import Session

_EVICTION_SCAN = 32


@dataclass(slots=True, eq=False)
class LiveKey:
    """A key in use, with its sessions by id."""

    key_id: AuthKeyId
    id_bytes: bytes
    secret: bytes
    salts: Salts
    expires_at: int | None
    bound_to: AuthKeyId | None
    layer: int
    client: ClientInfo | None
    test_mode: bool = False
    sessions: dict[int, Session] = field(default_factory=dict)
    sealer: Sealer = field(init=False)

    def __post_init__(self) -> None:
        self.sealer = Sealer(self.secret, self.id_bytes)

    @classmethod
    def of(cls, record: AuthKey) -> LiveKey:
        """Bring a stored key to life."""
        return cls(
            key_id=record.auth_key_id,
            id_bytes=record.auth_key_id.to_bytes(8, "little", signed=True),
            secret=record.key,
            salts=Salts(record.key, record.first_salt, record.created_at),
            expires_at=record.expires_at,
            bound_to=record.bound_to,
            layer=record.layer,
            client=record.client,
            test_mode=record.test_mode,
        )

    @property
    def acting_id(self) -> AuthKeyId:
        """The permanent key's id once this one is bound to it, else its own."""
        return self.key_id if self.bound_to is None else self.bound_to

    @property
    def bound(self) -> bool:
        """False only for a temporary key that is bound to no permanent one."""
        return self.expires_at is None or self.bound_to is not None

    def expired(self, now: float) -> bool:
        """Tell whether a temporary key's time is over."""
        return self.expires_at is not None and now >= self.expires_at


class KeyRing:
    """A bounded cache of keys over a `KeyStore`. Keys with sessions are never evicted."""

    def __init__(self, store: KeyStore, most: int, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._most = most
        self._now = now
        self._keys: dict[AuthKeyId, LiveKey] = {}

    def get(self, key_id: AuthKeyId) -> LiveKey | None:
        """Give a key that is in memory and has not expired."""
        key = self._keys.get(key_id)
        if key is None or key.expired(self._now()):
            return None
        return key

    async def load(self, key_id: AuthKeyId) -> LiveKey | None:
        """Give a key from memory or the store; None where it does not exist or has expired."""
        if key_id in self._keys:
            return self.get(key_id)
        record = await self._load_record(key_id)
        if record is None:
            return None
        # Another task may have loaded it meanwhile; its sessions must not be split over two objects.
        self._keys.setdefault(key_id, LiveKey.of(record))
        self._evict()
        return self.get(key_id)

    async def _load_record(self, key_id: AuthKeyId) -> AuthKey | None:
        """Give what is stored; a bound temporary key speaks its permanent key's layer and ends with it."""
        record = await self._store.load(key_id)
        if record is None or record.bound_to is None:
            return record
        permanent = await self._store.load(record.bound_to)
        if permanent is None:
            return None
        return replace(record, layer=permanent.layer or record.layer, client=permanent.client or record.client)

    async def add(self, record: AuthKey) -> bool:
        """Store a new key durably; False when its id is taken."""
        return await self._store.save(record)

    async def bind(self, temporary: LiveKey, permanent: AuthKeyId, expires_at: int) -> None:
        """Let a temporary key act for a permanent one, durably."""
        await self._store.bind(temporary.key_id, permanent, expires_at)
        temporary.bound_to = permanent
        temporary.expires_at = expires_at

    async def delete(self, key_id: AuthKeyId) -> None:
        """Delete a key from store and memory, with the temporary keys bound to it."""
        await self._store.delete(key_id)
        self.forget(key_id)

    async def remember_client(self, key: LiveKey, layer: int, client: ClientInfo | None) -> None:
        """Keep a key's newest layer and client, for pushes and device lists."""
        await self._store.remember_client(key.acting_id, layer, client)

    def forget(self, key_id: AuthKeyId) -> list[LiveKey]:
        """Drop a key and those bound to it from memory only; give what was dropped."""
        gone = [k for k in self._keys.values() if key_id in (k.key_id, k.bound_to)]
        for key in gone:
            del self._keys[key.key_id]
        return gone

    def _evict(self) -> None:
        if len(self._keys) <= self._most:
            return
        oldest = [key for _, key in zip(range(_EVICTION_SCAN), self._keys.values(), strict=False)]
        for key in oldest:
            if not key.sessions:
                del self._keys[key.key_id]
