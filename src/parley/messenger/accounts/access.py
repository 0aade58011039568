"""Access hashes: a client can name only users and channels that the server has shown to it.

The hash is computed, not stored: a keyed hash over who looks, at what kind of thing, and which.
"""

from __future__ import annotations

import hashlib
import hmac

from parley.core.ids import AccountId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest

_REFUSALS = {PeerKind.USER: "USER_ID_INVALID", PeerKind.CHANNEL: "CHANNEL_INVALID"}


class AccessHashes:
    """Makes and checks the access hashes of one server."""

    def __init__(self, secrets: Secrets) -> None:
        self._key = secrets.access_hash
        self._former = secrets.former_access

    def of(self, viewer: AccountId, peer: Peer) -> int:
        """Give the signed 64-bit access hash that `viewer` must show for `peer`."""
        return self.of_object(_owner(viewer, peer), peer.kind, peer.id)

    def of_object(self, viewer: AccountId, kind: str, ident: int) -> int:
        """Give the access hash of anything else that clients name by id and hash, such as a stored file."""
        return _hash(self._key, viewer, kind, ident)

    def check(self, viewer: AccountId, peer: Peer, shown: int) -> None:
        """Refuse a hash that this server never gave to `viewer` for `peer`, as if the peer did not exist.

        Raises:
            BadRequest: USER_ID_INVALID, CHANNEL_INVALID or PEER_ID_INVALID.
        """
        if not self.matches(viewer, peer, shown):
            raise BadRequest(_REFUSALS.get(peer.kind, "PEER_ID_INVALID"))

    def matches(self, viewer: AccountId, peer: Peer, shown: int) -> bool:
        """Compare a shown hash in constant time; one under the former key counts until that key is dropped."""
        owner = _owner(viewer, peer)
        keys = (self._key,) if self._former is None else (self._key, self._former)
        return any(_same(_hash(key, owner, peer.kind, peer.id), shown) for key in keys)


def _owner(viewer: AccountId, peer: Peer) -> AccountId:
    """For whom a hash is made: that of a channel is the same for everybody.

    Posts are encoded once for all who see them, and who may read a channel is checked in any case.
    """
    return AccountId(0) if peer.kind is PeerKind.CHANNEL else viewer


def _hash(key: bytes, viewer: AccountId, kind: str, ident: int) -> int:
    material = f"{viewer}:{kind}:{ident}".encode()
    return int.from_bytes(hashlib.blake2b(material, key=key, digest_size=8).digest(), "little", signed=True)


def _same(expected: int, shown: int) -> bool:
    mask = 2**64 - 1
    return hmac.compare_digest((expected & mask).to_bytes(8, "big"), (shown & mask).to_bytes(8, "big"))
