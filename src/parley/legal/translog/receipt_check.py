"""Checks a receipt for a person without a program for it: what it says, if it holds, if the log agrees."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum

from parley.legal.translog import reading
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.errors import Malformed, TranslogError
from parley.legal.translog.model import Log
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.storage.database import Database


class Outcome(StrEnum):
    """What came of a check."""

    HOLDS = "holds"
    HOLDS_ALONE = "holds_alone"
    """The receipt holds by itself, and what it could be compared with is lost."""
    NO_RECEIPT = "no_receipt"
    OTHER_LOG = "other_log"
    BROKEN = "broken"
    CONTRADICTED = "contradicted"
    """The receipt holds, and the log of today has another past: two histories were signed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome, with the receipt as far as it could be read and the reason in the verifier's words."""

    outcome: Outcome
    receipt: Receipt | None = None
    head: Checkpoint | None = None
    reason: str = ""


class ReceiptCheck:
    """Checks receipts against the logs of this server. Nothing of a receipt is kept."""

    def __init__(self, database: Database, reader: LogReader) -> None:
        self._database = database
        self._reader = reader

    async def check(self, data: bytes) -> Finding:
        """Check one receipt; `data` may have the file's name before it, as a chat saves it."""
        try:
            receipt = Receipt.from_file(data)
            head = receipt.stated_head()
        except Malformed as error:
            return Finding(Outcome.NO_RECEIPT, reason=str(error))
        logs = await self._reader.logs()
        log = next((log for log in logs if log.origin == head.origin), None)
        if log is None:
            return Finding(Outcome.OTHER_LOG, receipt, head)
        try:
            verify_receipt(receipt, VerifierKey.parse(log.vkey))
        except TranslogError as error:
            return Finding(Outcome.BROKEN, receipt, head, str(error))
        return await self._compare(log, receipt, head, ended=log != logs[-1])

    async def _compare(self, log: Log, receipt: Receipt, head: Checkpoint, *, ended: bool) -> Finding:
        """An ended log that is shorter than the receipt lost its end, for which it ended; today's may not."""
        newest = Checkpoint.parse((await self._reader.checkpoint(log)).text)
        if newest.size < head.size:
            if ended:
                return Finding(Outcome.HOLDS_ALONE, receipt, head)
            return Finding(Outcome.CONTRADICTED, receipt, head, f"the log has {newest.size} entries now")
        try:
            root = await reading.root(self._database, log.log_id, head.size)
        except Malformed:
            return Finding(Outcome.HOLDS_ALONE, receipt, head)
        same = hmac.compare_digest(root, head.root)
        return Finding(Outcome.HOLDS if same else Outcome.CONTRADICTED, receipt, head)
