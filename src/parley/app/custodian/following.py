"""The tool as a witness: it follows the public log, refuses forks, remembers what it saw, and cosigns it."""

from __future__ import annotations

from dataclasses import replace

from parley.app.custodian.client import Client
from parley.app.custodian.errors import Refused, ServerFailed
from parley.app.custodian.keyfile import Keys
from parley.app.custodian.state import State, StateFile
from parley.core.clock import Clock
from parley.legal.disclosure.package import reading, text
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.following import check_continues, read_checkpoint
from parley.legal.translog.notes import Note, VerifierKey


def follow(client: Client, keys: Keys, state: State) -> tuple[State, Note]:
    """Fetch the newest checkpoint, check that it continues what was seen, and remember it.

    Raises:
        Refused: another key signed it, it is older than what was seen, or it tells another past.
        ServerFailed: it cannot be fetched.
    """
    try:
        verified = read_checkpoint(client.log, VerifierKey.parse(keys.pins.log_key))
        if state.checkpoint is not None:
            check_continues(client.log, state.checkpoint, verified.checkpoint)
    except TranslogError as error:
        raise Refused(f"the public log does not hold: {error}") from error
    return replace(state, seen=verified.checkpoint.text()), verified.note


def cosigned(client: Client, keys: Keys, seen: Checkpoint) -> tuple[Note, ...]:
    """Fetch what the custodians cosigned last, as far as it is part of the history that was seen.

    What is of another log, or newer than what this tool has followed, says nothing yet and is left out.

    Raises:
        Refused: the log never signed one of them, or it is of another history.
        ServerFailed: they cannot be fetched.
    """
    raw = client.get("/cosignatures")
    notes = reading(lambda: [Note.parse(text(one)) for one in raw["notes"]])
    log_key = VerifierKey.parse(keys.pins.log_key)
    known: dict[str, Note] = {}
    for note in notes:
        known[note.text] = known.get(note.text, note).with_signatures(note.signatures)
    return tuple(note for note in known.values() if _is_part(client, note, log_key, seen))


def _is_part(client: Client, note: Note, log_key: VerifierKey, seen: Checkpoint) -> bool:
    try:
        if Checkpoint.parse(note.text).origin != seen.origin:
            return False
        older = verify_checkpoint(note, log_key).checkpoint
    except TranslogError as error:
        raise Refused(f"a cosigned checkpoint does not hold: {error}") from error
    if older.size > seen.size:
        return False
    check_part_of(client, older, seen)
    return True


def cosign_newest(client: Client, keys: Keys, store: StateFile, clock: Clock) -> Checkpoint:
    """Follow the log and cosign its newest checkpoint, so that others have a word from outside the server.

    Raises:
        Refused: the log does not hold.
        ServerFailed: the server cannot be reached or does not take the cosignature.
    """
    state, note = follow(client, keys, store.load())
    store.save(state)
    line = cosign(note.text, keys.cosign, clock.now())
    client.cosign(str(note.with_signatures((line,))))
    checkpoint = state.checkpoint
    assert checkpoint is not None
    return checkpoint


def check_part_of(client: Client, older: Checkpoint, seen: Checkpoint) -> None:
    """Check that a proof's checkpoint is part of the history that this tool follows.

    Raises:
        Refused: it is of another history.
    """
    try:
        if older.size > seen.size:
            raise ServerFailed("the server shows a proof that is newer than its own log")
        check_continues(client.log, older, seen)
    except TranslogError as error:
        raise Refused(f"the proof is of another history of the log than the one that was seen: {error}") from error
