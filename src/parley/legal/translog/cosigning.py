"""The log's side of witnessing: who is registered, and which cosignatures are served with a checkpoint."""

from __future__ import annotations

from parley.core.clock import Clock
from parley.legal.translog import store
from parley.legal.translog.addresses import is_http_address
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosignatures import Cosignature, verify_cosignature
from parley.legal.translog.errors import Malformed, SignatureInvalid, TileUnknown
from parley.legal.translog.model import Witness
from parley.legal.translog.notes import COSIGNATURE_V1, Note, Signature, VerifierKey, parse_signature
from parley.storage import audit
from parley.storage.database import Database, Executor


class Witnesses:
    """Registers witnesses and takes in their cosignatures."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def register(self, vkey: str, by: str, url: str | None = None) -> Witness:
        """Accept a witness's cosignatures from now on; `by` is the actor of the audit trail.

        With a `url` (the witness's submission prefix) the server also asks it for them. A witness that is
        registered already keeps its entry and gets this address.

        Raises:
            Malformed: not a witness's verifier key, or no HTTP address.
        """
        key = VerifierKey.parse(vkey)
        if key.kind != COSIGNATURE_V1:
            raise Malformed("a witness has a key for cosignatures (type 0x04)")
        if url is not None and not is_http_address(url):
            raise Malformed("a witness is asked at an http or https address")
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await conn.execute(
                "INSERT INTO translog.witnesses (vkey, name, registered_by, registered_at)"
                " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                str(key),
                key.name,
                by,
                now,
            )
            if url is not None:
                await store.add_witness_address(conn, str(key), url.rstrip("/"), by, now)
            details = {"vkey": str(key)} | ({"url": url} if url else {})
            await audit.record(conn, now, by, "translog.witness_registered", key.name, details)
        return Witness(str(key), key.name, by, now)

    async def remove(self, vkey: str, by: str) -> None:
        """Take no more cosignatures of a witness; those that it made stay with their checkpoints.

        Raises:
            TileUnknown: no such witness.
        """
        known = await self._database.fetchval("SELECT name FROM translog.witnesses WHERE vkey = $1", vkey)
        if known is None:
            raise TileUnknown("no such witness")
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await conn.execute(
                "INSERT INTO translog.witness_removals (vkey, removed_by, removed_at)"
                " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                vkey,
                by,
                now,
            )
            await audit.record(conn, now, by, "translog.witness_removed", known, {"vkey": vkey})

    async def all(self) -> list[Witness]:
        """Every witness that is registered now."""
        rows = await self._database.fetch(
            "SELECT vkey, name, registered_by, registered_at FROM translog.witnesses w"
            " WHERE NOT EXISTS (SELECT FROM translog.witness_removals r WHERE r.vkey = w.vkey) ORDER BY name, vkey"
        )
        return [Witness(**dict(row)) for row in rows]

    async def asked(self) -> list[tuple[str, str]]:
        """The key and the address of every registered witness that the server asks for cosignatures."""
        return await store.asked_witnesses(self._database)

    async def accept(self, note: Note) -> list[Cosignature]:
        """Take in the cosignatures in a note over a checkpoint that this log signed.

        Raises:
            SignatureInvalid: not our checkpoint, or no line in it is of a registered witness.
        """
        head = Checkpoint.parse(note.text)
        log = await store.current_log(self._database)
        ours = None if log is None else await store.checkpoint_at(self._database, log.log_id, head.size)
        if log is None or ours is None or ours.text != note.text:
            raise SignatureInvalid("this log has not signed this checkpoint")
        taken: list[Cosignature] = []
        for witness in await self.all():
            key = VerifierKey.parse(witness.vkey)
            for line in (item for item in note.signatures if item.is_by(key)):
                cosignature = verify_cosignature(note.text, line, key)
                await self._keep(log.log_id, head.size, witness, line, cosignature)
                taken.append(cosignature)
        if not taken:
            raise SignatureInvalid("no registered witness has cosigned this")
        return taken

    async def _keep(
        self, log_id: int, size: int, witness: Witness, line: Signature, cosignature: Cosignature
    ) -> None:
        await self._database.execute(
            "INSERT INTO translog.cosignatures (log_id, size, vkey, line, made_at, received_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            log_id,
            size,
            witness.vkey,
            str(line),
            cosignature.at,
            self._clock.now(),
        )


async def lines_of(conn: Executor, log_id: int, size: int) -> list[Signature]:
    """The cosignatures of one checkpoint, by the witness's name."""
    rows = await conn.fetch(
        "SELECT line FROM translog.cosignatures JOIN translog.witnesses USING (vkey)"
        " WHERE log_id = $1 AND size = $2 ORDER BY name, vkey",
        log_id,
        size,
    )
    return [parse_signature(row["line"]) for row in rows]
