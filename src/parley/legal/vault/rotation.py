"""A custodian's change of keys: their own shares move to the new key, and nothing is opened on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.core.ids import CustodianId
from parley.legal.translog.notes import COSIGNATURE_V1, VerifierKey
from parley.legal.vault import custodian_store, envelopes, key_pages, store
from parley.legal.vault.errors import ErasureKeyGone, RotationRefused
from parley.legal.vault.model import Custodian, DayKey, KeyName, Share
from parley.legal.vault.service import Vault
from parley.storage import audit
from parley.storage.database import Database


@dataclass(frozen=True, slots=True)
class OldShare:
    """A share that still lies under an earlier key of its holder; `hold_id` where it is part of a snapshot."""

    name: KeyName
    share: Share
    hold_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The public halves of a custodian's next keys: for sealing, for calls, for cosignatures."""

    seal_key: bytes
    sign_key: bytes
    cosigner: str


@dataclass(frozen=True, slots=True)
class Page:
    """Old shares, and where the next page begins; None at the end."""

    shares: tuple[OldShare, ...]
    after: KeyName | None


class Rotation:
    """Serves the three steps of `parley custodian rotate`; each may be repeated after a failure."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def _database(self) -> Database:
        return self._vault.database

    async def begin(self, custodian_id: CustodianId, new: NewKeys) -> Custodian:
        """Take the new keys: from now on days are wrapped for them. The same keys again change nothing.

        The public log gets an entry: nobody's keys are exchanged unseen.

        Raises:
            CustodianUnknown: nobody who holds keys has this id.
            RotationRefused: a key is malformed or known, or another rotation is unfinished.
        """
        custodian = await self._vault.custodian(custodian_id)
        pending = await custodian_store.next_sign_key(self._database, custodian_id)
        if (custodian.seal_key, pending, custodian.cosigner) == (new.seal_key, new.sign_key, new.cosigner):
            return custodian
        if pending is not None:
            raise RotationRefused("finish the rotation that was begun first")
        _check(new, await self._vault.custodians())
        async with self._database.transaction() as conn:
            await custodian_store.replace_keys(conn, custodian_id, new.seal_key, new.sign_key, new.cosigner)
            await self._vault.publish(conn, "custodian_keys", custodian_id, new.seal_key)
            await audit.record(
                conn, self._vault.clock.now(), f"custodian:{custodian.name}", "vault.rotation_begun", custodian_id
            )
        await self._vault.refresh_sealers()
        return await self._vault.custodian(custodian_id)

    async def page(self, custodian_id: CustodianId, after: KeyName | None) -> Page:
        """The next of this custodian's shares that lie under an earlier key; holds come with the last page."""
        custodian = await self._vault.custodian(custodian_id)
        page = await key_pages.key_page(self._database, after)
        found = [old for hold_id, key in page.keys for old in self._old_shares(key, custodian, hold_id)]
        return Page(tuple(found), page.after)

    def _old_shares(self, key: DayKey, custodian: Custodian, hold_id: str | None) -> list[OldShare]:
        def old(share: Share) -> bool:
            return share.holder == custodian.number and share.key_no != custodian.key_no

        try:
            shares = self._vault.shares_of(key, old)
        except ErasureKeyGone:
            return []
        return [OldShare(key.name, share, hold_id) for share in shares]

    async def rewrap(self, custodian_id: CustodianId, moved: Sequence[OldShare]) -> int:
        """Put shares that their holder has moved to the new key in the place of the old ones; gives how many.

        Raises:
            RotationRefused: a share is not this custodian's, or not under their newest key.
        """
        custodian = await self._vault.custodian(custodian_id)
        for one in moved:
            if one.share.holder != custodian.number or one.share.key_no != custodian.key_no:
                raise RotationRefused("a custodian moves their own shares only, to their newest key")
        return sum([await self._replace(one) for one in moved])

    async def _replace(self, moved: OldShare) -> int:
        async with self._database.transaction() as conn:
            key = await store.locked_key(conn, moved.name, moved.hold_id)
            if key is None:
                return 0
            await self._vault.change_shares(
                conn, key, moved.hold_id,
                lambda shares: [moved.share if _same_place(share, moved.share) else share for share in shares],
            )  # fmt: skip
        return 1

    async def finish(self, custodian_id: CustodianId) -> Custodian:
        """Let the new signing key hold, once no share lies under an earlier key.

        Raises:
            RotationRefused: none was begun, or shares are left.
        """
        custodian = await self._vault.custodian(custodian_id)
        if await custodian_store.next_sign_key(self._database, custodian_id) is None:
            raise RotationRefused("no rotation was begun")
        after: KeyName | None = None
        while True:
            page = await self.page(custodian_id, after)
            if page.shares:
                raise RotationRefused("some shares still lie under the old key")
            if page.after is None:
                break
            after = page.after
        async with self._database.transaction() as conn:
            await custodian_store.finish_rotation(conn, custodian_id)
            await audit.record(
                conn,
                self._vault.clock.now(),
                f"custodian:{custodian.name}",
                "vault.rotation_finished",
                custodian_id,
            )
        return await self._vault.custodian(custodian_id)


def _check(new: NewKeys, everybody: Sequence[Custodian]) -> None:
    if len(new.seal_key) != envelopes.KEY_SIZE or len(new.sign_key) != envelopes.KEY_SIZE:
        raise RotationRefused("a key has 32 bytes")
    if VerifierKey.parse(new.cosigner).kind != COSIGNATURE_V1:
        raise RotationRefused("a custodian's tool needs a key for cosignatures")
    known = {key for one in everybody for key in (one.seal_key, one.sign_key, one.cosigner)}
    if known & {new.seal_key, new.sign_key, new.cosigner}:
        raise RotationRefused("this key is registered already")


def _same_place(one: Share, other: Share) -> bool:
    return (one.holder, one.partner) == (other.holder, other.partner)
