"""Custodians' cosignatures of the public log, which they show to each other and to nobody else.

A cosignature carries its time. In the public checkpoint it would tell at which hour custodians were at work, and so
that a release exists which nobody may hear of yet. What the public sees comes from witnesses that run by a clock.
"""

from __future__ import annotations

from parley.core.clock import Clock
from parley.legal.disclosure.errors import PackageInvalid
from parley.legal.disclosure.ports import LogKeys
from parley.legal.translog.checkpoints import verify_checkpoint
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.notes import Note, VerifierKey
from parley.legal.vault import custodian_store
from parley.legal.vault.model import Custodian
from parley.storage.database import Database


class CosignedCheckpoints:
    """The newest checkpoint that each custodian's tool has cosigned."""

    def __init__(self, database: Database, clock: Clock, log_keys: LogKeys) -> None:
        self._database = database
        self._clock = clock
        self._log_keys = log_keys

    async def accept(self, custodian: Custodian, note: str) -> None:
        """Take a checkpoint that this log signed and this custodian cosigned; it replaces their earlier one.

        Raises:
            PackageInvalid: it is another log's, or not cosigned with the custodian's key.
        """
        log_key = VerifierKey.parse(await self._log_keys.log_key())
        own = VerifierKey.parse(custodian.cosigner)
        try:
            verified = verify_checkpoint(note, log_key, [own], minimum=1)
        except TranslogError as error:
            raise PackageInvalid(f"no cosigned checkpoint of this log: {error}") from error
        lines = [line for line in verified.note.signatures if line.is_by(log_key) or line.is_by(own)]
        kept = str(Note(verified.note.text, tuple(lines)))
        await custodian_store.keep_cosigned(self._database, custodian.custodian_id, kept, self._clock.now())

    async def notes(self) -> tuple[str, ...]:
        """What the custodians who still hold keys have cosigned last."""
        return await custodian_store.cosigned(self._database)
