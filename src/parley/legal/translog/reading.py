"""The log as anyone may read it: checkpoint, tiles, entries, and the receipt for one entry."""

from __future__ import annotations

import json
from collections.abc import Callable

from parley.legal.translog import merkle, store
from parley.legal.translog.cosigning import lines_of
from parley.legal.translog.errors import EntryPending, EntryUnknown, Malformed, ProofLost, TileUnknown
from parley.legal.translog.merkle import HASH_BYTES
from parley.legal.translog.model import Log, Placed
from parley.legal.translog.notes import Note
from parley.legal.translog.origins import Announcement
from parley.legal.translog.receipts import Receipt
from parley.legal.translog.rules import again
from parley.legal.translog.tiles import Tile, TileTree, encode_bundle, tile_width, tiles_for
from parley.storage.database import Database, Executor


class LogReader:
    """Reads the log; every process may have one. Only `proof_for` needs more than what is public."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def log(self) -> Log:
        """The log that is written to now.

        Raises:
            TileUnknown: no log was started yet.
        """
        log = await store.current_log(self._database)
        if log is None:
            raise TileUnknown("no log was started yet")
        return log

    async def logs(self) -> list[Log]:
        """Every log there was, oldest first, each with the reason why it began."""
        return await store.all_logs(self._database)

    async def vkey(self) -> str:
        """The verifier key of the log that is written to now."""
        return (await self.log()).vkey

    async def numbered(self, number: int) -> Log:
        """A log of this server by its number, from 1 on.

        Raises:
            TileUnknown: there is none.
        """
        log = await store.log_numbered(self._database, number)
        if log is None:
            raise TileUnknown("this server had no such log")
        return log

    async def origins(self) -> list[tuple[Log, Announcement | None, Receipt | None]]:
        """Every log, oldest first, with what it said of the one before it and the receipt of that entry."""
        said = await store.announcements(self._database)
        found: list[tuple[Log, Announcement | None, Receipt | None]] = []
        for log in await self.logs():
            document, place = said.get(log.log_id, ("", None))
            announcement = Announcement.from_json(json.loads(document)) if document else None
            found.append((log, announcement, None if place is None else await self._receipt_if_any(*place)))
        return found

    async def _receipt_if_any(self, log_id: int, leaf: Placed) -> Receipt | None:
        try:
            return await self._receipt(log_id, leaf)
        except ProofLost:
            return None

    async def checkpoint(self, of: Log | None = None) -> Note:
        """The newest checkpoint, of the log that is written to now or of an older one, with all cosignatures."""
        log = of or await self.log()
        note = await store.newest_checkpoint(self._database, log.log_id)
        if note is None:
            raise TileUnknown("the log has no checkpoint yet")
        return await self._cosigned(log.log_id, note)

    async def tile(self, tile: Tile, of: Log | None = None) -> bytes:
        """A tile of hashes or a bundle of entries, of leaves that a checkpoint covers.

        Raises:
            TileUnknown: the published log has no such tile, a wider one was not reached yet, or it is lost.
        """
        log = of or await self.log()
        note = await store.newest_checkpoint(self._database, log.log_id)
        size = 0 if note is None else store.size_of(note)
        if tile.width > tile_width(tile.level, tile.number, size):
            raise TileUnknown("the log has no such tile")
        if tile.level is None:
            leaves = await store.bundle_leaves(self._database, log.log_id, tile)
            if len(leaves) == tile.width:
                return encode_bundle(leaves)
        else:
            hashes = await store.tile_hashes(self._database, log.log_id, tile)
            if len(hashes) == tile.width * HASH_BYTES:
                return hashes
        raise TileUnknown("the log has lost this tile")

    async def proof_for(self, entry_id: str) -> Receipt:
        """The receipt of an entry, under the checkpoint that most witnesses cosigned.

        Raises:
            EntryUnknown: no such entry was handed in.
            EntryPending: its batch has not come or is not signed yet.
            ProofLost: hashes that would prove it are lost.
        """
        found = await store.placed(self._database, entry_id)
        if found is None:
            known = await store.entry_exists(self._database, entry_id)
            raise EntryPending("the entry waits for its batch") if known else EntryUnknown("no such entry")
        receipt = await self._receipt(*found)
        if receipt is None:
            receipt = await self._carried_over(entry_id)
        if receipt is None:
            raise EntryPending("the entry's batch is not signed yet")
        return receipt

    async def _carried_over(self, entry_id: str) -> Receipt | None:
        """The receipt of an entry that its log never signed and a later log took over."""
        for log in reversed(await self.logs()):
            found = await store.placed(self._database, again(entry_id, log.log_id))
            if found is not None:
                return await self._receipt(*found)
        return None

    async def _receipt(self, log_id: int, leaf: Placed) -> Receipt | None:
        """The receipt of a leaf, or None before a checkpoint covers it.

        Raises:
            ProofLost: hashes are lost.
        """
        size = await store.best_size_over(self._database, log_id, leaf.index)
        note = None if size is None else await store.checkpoint_at(self._database, log_id, size)
        if size is None or note is None:
            return None
        try:
            proof = await inclusion_proof(self._database, log_id, leaf.index, size)
        except Malformed as error:
            raise ProofLost("hashes that would prove the entry are lost") from error
        signed = str(await self._cosigned(log_id, note))
        return Receipt(leaf.leaf, leaf.salt, leaf.opening, leaf.index, tuple(proof), signed)

    async def _cosigned(self, log_id: int, note: Note) -> Note:
        return note.with_signatures(await lines_of(self._database, log_id, store.size_of(note)))


async def inclusion_proof(conn: Executor, log_id: int, index: int, size: int) -> list[bytes]:
    """Prove a leaf from the stored hashes."""

    def build(read: merkle.SubtreeReader) -> list[bytes]:
        return merkle.inclusion_proof(index, size, read)

    return build(await read_tree(conn, log_id, size, build))


async def consistency_proof(conn: Executor, log_id: int, old: int, new: int) -> list[bytes]:
    """Prove from the stored hashes that a tree continues a smaller one."""

    def build(read: merkle.SubtreeReader) -> list[bytes]:
        return merkle.consistency_proof(old, new, read)

    return build(await read_tree(conn, log_id, new, build))


async def root(conn: Executor, log_id: int, size: int) -> bytes:
    """Compute the root of the first `size` leaves from the stored hashes."""

    def build(read: merkle.SubtreeReader) -> bytes:
        return merkle.tree_root(size, read)

    return build(await read_tree(conn, log_id, size, build))


async def read_tree(
    conn: Executor, log_id: int, size: int, compute: Callable[[merkle.SubtreeReader], object]
) -> TileTree:
    """Load the tiles that a computation needs.

    Raises:
        Malformed: hashes are missing; the log cannot be continued then.
    """
    tree = TileTree(size)
    for tile in tiles_for(merkle.needed_subtrees(compute), size):
        tree.add(tile, await store.tile_hashes(conn, log_id, tile))
    return tree
