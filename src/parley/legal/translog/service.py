"""The log's actions: start it, hand in entries, write the hourly batch, sign it.

A batch is committed first and signed afterwards; after a crash in between, the same leaves are signed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from parley.core.clock import Clock
from parley.core.ids import new_id
from parley.legal.translog import reading, store
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosigning import lines_of
from parley.legal.translog.errors import LogForked, Malformed
from parley.legal.translog.merkle import EMPTY_ROOT
from parley.legal.translog.model import Batch, Log, Placed
from parley.legal.translog.openings import Leaf, Opening, Stage, commitment
from parley.legal.translog.origins import SUBJECT, Announcement
from parley.legal.translog.rules import again, batch_due, compose, hour_of, new_salt
from parley.legal.translog.signer import Signer, create_signer, open_signer
from parley.storage import audit
from parley.storage.database import Database, Executor

APPEND_TOPIC = "translog.append"
GAG_TOPIC = "translog.gag"
RULES_TOPIC = "translog.rules"
TOPICS = (APPEND_TOPIC, GAG_TOPIC, RULES_TOPIC)
#: The end of a gag that names none: such an order is contested, and its entries stay closed meanwhile.
INDEFINITE = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
#: Looked through before every batch; the whole log is looked through at each start.
_NEWEST = 2**16
_FIRST_REASON = "the first log of this server"


class Translog:
    """Writes the log. `folder` (`<data-dir>/log`) holds the key and the signer's memory, outside the database."""

    def __init__(self, database: Database, clock: Clock, folder: Path, base: str, *, leaves: int = 16) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._base = base
        self._leaves = leaves
        self._whole: Log | None = None

    async def open(self) -> Log:
        """Start the log if there is none, with a signed checkpoint at once, or go on with the one there is.

        Raises:
            LogForked: database, key and the signer's memory contradict each other.
        """
        log = await store.current_log(self._database)
        signer = open_signer(self._folder)
        if log is None:
            log = await self._begin(signer or create_signer(self._folder, self._base), _FIRST_REASON)
        elif signer is None or str(signer.verifier) != log.vkey:
            raise LogForked("the key of the log is not here: bring it back, or start a new origin and say why")
        if self._whole != log:
            await self._demand_all(log)
            self._whole = log
        await self._sign(log)
        return log

    async def _demand_all(self, log: Log, among: int | None = None) -> None:
        """A log that has lost leaves or hashes is not gone on with: nobody could verify it.

        `among` looks only at so many of the newest leaves, which costs the same however long the log is.
        """
        size = await store.leaf_count(self._database, log.log_id)
        first = 0 if among is None else max(0, size - among)
        leaves, hashes = await store.losses(self._database, log.log_id, first, size)
        if leaves or hashes:
            raise LogForked(f"{leaves} leaves and {hashes} hashes are lost: start a new origin and say why")

    async def new_origin(self, reason: str, by: str) -> Log:
        """Start a new log because the one before cannot be continued; the reason is public.

        Raises:
            Malformed: no reason was given.
        """
        if not reason.strip():
            raise Malformed("a new origin says why")
        async with self._database.transaction() as conn:
            await audit.record(conn, self._clock.now(), by, "translog.new_origin", self._base, {"reason": reason})
        before = await store.current_log(self._database)
        log = await self._begin(create_signer(self._folder, self._base), reason)
        if before is not None:
            await self._announce(before, log)
            await self._carry_over(before, log)
        await self._sign(log)
        return log

    async def _announce(self, before: Log, log: Log) -> None:
        """Enter into the new log which one came before it, so that old receipts stay provable."""
        newest = await store.newest_checkpoint(self._database, before.log_id)
        lines = [] if newest is None else await lines_of(self._database, before.log_id, store.size_of(newest))
        note = "" if newest is None else str(newest.with_signatures(lines))
        said = Announcement(log.origin, log.vkey, log.reason, before.origin, before.vkey, note)
        entry_id = await self.append(Opening(Stage.RULES, subject=SUBJECT, sha256=said.digest), emergency=True)
        await store.add_announcement(self._database, log.log_id, said.canonical().decode(), entry_id)

    async def _carry_over(self, before: Log, log: Log) -> None:
        """Enter again what the old log had taken and never signed: nobody could ever see it there."""
        for entry_id in filter(None, await store.unsigned(self._database, before.log_id)):
            await store.add_again(self._database, entry_id, again(entry_id, log.log_id))

    async def append(
        self, opening: Opening, *, entry_id: str | None = None,
        emergency: bool = False, held_until: datetime | None = None,
    ) -> str:  # fmt: skip
        """Hand in an entry for the next batch; gives its id. The same id a second time changes nothing.

        Raises:
            Malformed: the opening says more, less or other than the log may.
        """
        checked = Opening.from_json(opening.to_json())
        if checked.stage in (Stage.PADDING, Stage.AUDIT_HEAD):
            raise Malformed(f"the log itself writes {checked.stage}")
        entry_id = entry_id or new_id()
        await store.add_entry(
            self._database, entry_id, checked, new_salt(),
            emergency=emergency, held_until=held_until, now=self._clock.now(),
        )  # fmt: skip
        return entry_id

    async def state_rules(self, subject: str, digest: str) -> bool:
        """Enter the SHA-256 of a file of rules, unless the newest entry about it says the same already.

        Gives whether it was entered: the file is new, or was changed since the last start.
        """
        newest = await store.newest_of(self._database, Stage.RULES, subject)
        if newest is not None and newest.sha256 == digest:
            return False
        await self.append(Opening(Stage.RULES, subject=subject, sha256=digest))
        return True

    async def set_gag(self, order_ref: str, until: datetime | None) -> None:
        """Keep an order's entries closed until a time; None lifts the gag now. The newest word holds."""
        now = self._clock.now()
        await store.add_gag(self._database, order_ref, until or now, now)

    async def take(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Handle an item of the outbox: one of `TOPICS` (see docs/log-format.md)."""
        if topic == GAG_TOPIC:
            await self.set_gag(payload["order_ref"], _moment(payload.get("until")))
            return
        if topic == RULES_TOPIC:
            await self.state_rules(payload["subject"], payload["sha256"])
            return
        await self.append(
            Opening.from_json(payload["opening"]),
            entry_id=payload["entry_id"],
            emergency=bool(payload.get("emergency", False)),
            held_until=_moment(payload.get("held_until")),
        )

    async def write_due(self) -> Batch | None:
        """Write and sign the batch of this hour if it is due.

        Raises:
            LogForked: the database is not the one that was signed before; nothing is written then.
        """
        log = await self.open()
        last = await store.last_batch(self._database, log.log_id)
        hour = batch_due(last.hour if last else hour_of(log.created_at), self._clock.now())
        if hour is None:
            return None
        await self._demand_all(log, _NEWEST)
        batch = await self._write(log, hour, last)
        await self._sign(log)
        return batch

    async def _begin(self, signer: Signer, reason: str) -> Log:
        last = signer.last()
        if last is not None and last.size:
            raise LogForked(f"{last.size} leaves were signed, and the database has no log: it is not the same one")
        before = await store.current_log(self._database)
        number = 1 if before is None else before.log_id + 1
        log = Log(number, signer.origin, str(signer.verifier), reason, self._clock.now())
        note = signer.sign(Checkpoint(signer.origin, 0, EMPTY_ROOT), [])
        async with self._database.transaction() as conn:
            await store.add_log(conn, log)
            await store.add_checkpoint(conn, log.log_id, 0, note, log.created_at)
        return log

    async def _write(self, log: Log, hour: datetime, last: Batch | None) -> Batch:
        head = Opening(Stage.AUDIT_HEAD, sha256=(await audit.head(self._database)).hash.hex())
        number = 1 if last is None else last.number + 1
        first = 0 if last is None else last.first_index + last.leaves
        batch = Batch(number, hour, first, self._leaves)
        async with self._database.transaction() as conn:
            slots = compose(await store.waiting(conn), head, self._leaves)
            leaves = [
                Leaf(first + offset, number, commitment(slot.salt, slot.opening))
                for offset, slot in enumerate(slots)
            ]
            placed = [
                Placed(leaf.seq, number, leaf.encode(), slot.salt, slot.opening, slot.entry_id)
                for leaf, slot in zip(leaves, slots, strict=True)
            ]
            await store.add_batch(conn, log.log_id, batch, placed)
        return batch

    async def _sign(self, log: Log) -> None:
        """Sign every leaf that is written. Called again after a crash, it finds what was left undone."""
        signer = open_signer(self._folder)
        if signer is None or signer.origin != log.origin:
            raise LogForked("the key of the log is not here")
        async with self._database.connection() as conn:
            size = await store.leaf_count(conn, log.log_id)
            note = await store.checkpoint_at(conn, log.log_id, size)
            last = signer.last()
            if note is not None and last is not None and last.size == size:
                head = Checkpoint.parse(note.text)
                if head.root != last.root:
                    raise LogForked("the database has another root than the one that was signed")
                return
            await self._sign_size(conn, log, signer, size)

    async def _sign_size(self, conn: Executor, log: Log, signer: Signer, size: int) -> None:
        last = signer.last()
        if last is not None and last.size > size:
            raise LogForked(f"{last.size} leaves were signed, and the database has {size}: it is an old state")
        proof = await reading.consistency_proof(conn, log.log_id, last.size, size) if last else []
        checkpoint = Checkpoint(log.origin, size, await reading.root(conn, log.log_id, size))
        note = signer.sign(checkpoint, proof)
        await store.add_checkpoint(conn, log.log_id, size, note, self._clock.now())


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise Malformed("a time has its zone")
    return moment
