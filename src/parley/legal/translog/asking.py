"""The log asks its witnesses for cosignatures of the newest checkpoint (the client's side of C2SP tlog-witness)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from parley.core.clock import Clock
from parley.legal.translog import reading, store
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.notes import Note, VerifierKey
from parley.legal.translog.ports import Answer, WitnessPost, WitnessUnreachable
from parley.legal.translog.submission import PATH, SIZE_TYPE, Submission, cosignatures_in, parse_size
from parley.storage.database import Database

log = logging.getLogger(__name__)

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)


class WitnessRefused(TranslogError):
    """A witness did not cosign; the message says why in the operator's words."""


class SplitSeen(WitnessRefused):
    """A witness cosigned something else than this log holds: somebody shows two histories."""


@dataclass(slots=True)
class _Patience:
    """Until when a witness that failed is left alone."""

    until: datetime
    pause: timedelta = field(default=_FIRST_PAUSE)


@dataclass(frozen=True, slots=True)
class _Missing:
    """A witness whose cosignature of the newest checkpoint is missing; `cosigned` is the size of its last one."""

    key: VerifierKey
    url: str
    cosigned: int


class AskWitnesses:
    """Brings the newest checkpoint to every registered witness that has an address."""

    def __init__(self, database: Database, clock: Clock, witnesses: Witnesses, post: WitnessPost) -> None:
        self._database = database
        self._clock = clock
        self._witnesses = witnesses
        self._post = post
        self._patience: dict[str, _Patience] = {}
        self.splits: dict[str, str] = {}
        """What witnesses, by their names, hold against this log; empty while all is well."""

    async def ask_due(self) -> None:
        """Ask every witness whose cosignature of the newest checkpoint is missing; one that fails waits."""
        current = await store.current_log(self._database)
        note = None if current is None else await store.newest_checkpoint(self._database, current.log_id)
        if current is None or note is None:
            return
        missing = await self._missing(current.log_id, store.size_of(note))
        names = {one.key.name for one in missing}
        self.splits = {name: what for name, what in self.splits.items() if name in names}
        await asyncio.gather(*(self._try(current.log_id, note, one) for one in missing))

    async def _missing(self, log_id: int, size: int) -> list[_Missing]:
        asked = [
            _Missing(VerifierKey.parse(vkey), url, await store.cosigned_size(self._database, log_id, vkey))
            for vkey, url in await store.asked_witnesses(self._database)
        ]
        return [one for one in asked if one.cosigned < size]

    async def _try(self, log_id: int, note: Note, witness: _Missing) -> None:
        key = witness.key
        patience = self._patience.get(str(key))
        if patience is not None and self._clock.now() < patience.until:
            return
        try:
            await self._ask(log_id, note, witness)
        except SplitSeen as error:
            self.splits[key.name] = str(error)
            log.critical("the witness %s holds another history of the public log: %s", key.name, error)
            self._wait(key)
        except (TranslogError, WitnessUnreachable) as error:
            log.warning("the witness %s has not cosigned: %s", key.name, error)
            self._wait(key)
        else:
            self._patience.pop(str(key), None)
            self.splits.pop(key.name, None)

    async def _ask(self, log_id: int, note: Note, witness: _Missing) -> None:
        size = store.size_of(note)
        answer = await self._submit(log_id, note, witness.url, witness.cosigned)
        if answer.status == 409 and answer.media_type == SIZE_TYPE:
            held = parse_size(answer.body)
            if held > size:
                raise SplitSeen(f"it cosigned {held} leaves of this log, which has {size}")
            answer = await self._submit(log_id, note, witness.url, held)
        if answer.status != 200:
            raise _refusal(answer)
        lines = cosignatures_in(answer.body, note, witness.key)
        await self._witnesses.accept(Note(note.text, tuple(lines)))

    async def _submit(self, log_id: int, note: Note, url: str, old: int) -> Answer:
        size = store.size_of(note)
        proof = await reading.consistency_proof(self._database, log_id, old, size)
        return await self._post(f"{url}/{PATH}", str(Submission(old, tuple(proof), note)).encode())

    def _wait(self, key: VerifierKey) -> None:
        before = self._patience.get(str(key))
        pause = _FIRST_PAUSE if before is None else min(before.pause * 2, _LONGEST_PAUSE)
        self._patience[str(key)] = _Patience(self._clock.now() + pause, pause)


def _refusal(answer: Answer) -> WitnessRefused:
    if answer.status == 404:
        return WitnessRefused("it does not know this log: its operator has to add the log's key")
    if answer.status == 403:
        return WitnessRefused("it trusts another key of this log")
    if answer.status == 422 or (answer.status == 409 and answer.media_type != SIZE_TYPE):
        return SplitSeen("it cosigned other leaves of this log")
    return WitnessRefused(f"it answered {answer.status}")
