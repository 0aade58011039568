"""A witness that serves gives each log one history: every rule of C2SP tlog-witness, and what a crash does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from parley.app.log_verify.errors import StateDamaged
from parley.app.witness.cosigner import Cosigner
from parley.app.witness.memory import Memory
from parley.core.clock import ManualClock
from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint, verify_checkpoint
from parley.legal.translog.errors import Malformed
from parley.legal.translog.notes import COSIGNATURE_V1, Note, SignerKey
from parley.legal.translog.submission import Submission, name_of
from tests.app.witness.conftest import AskingLog

_FIRST = SignerKey("witness.example/w", COSIGNATURE_V1, bytes(32))
_NEXT = SignerKey("witness.example/w", COSIGNATURE_V1, b"\x01" * 32)
_LOG, _OTHER, _FORK = AskingLog(), AskingLog("log.example/two", seed=2), AskingLog(leaves="forged")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def cosigner(folder: Path, clock: ManualClock) -> Cosigner:
    return _cosigner(Memory(folder), clock)


def _cosigner(memory: Memory, clock: ManualClock, *keys: SignerKey) -> Cosigner:
    return Cosigner(keys or [_FIRST], [_LOG.key.verifier, _OTHER.key.verifier], memory, clock)


def _cosigned(note: Note, answer: str, *keys: SignerKey) -> None:
    """The answer, put behind the checkpoint, verifies for whoever trusts these witnesses."""
    whole = str(note) + answer
    verify_checkpoint(whole, _LOG.key.verifier, [key.verifier for key in keys], len(keys))


def test_a_log_that_grows_is_cosigned_each_time(cosigner: Cosigner) -> None:
    for old, size in ((0, 0), (0, 5), (5, 5), (5, 16), (16, 33)):
        verdict = cosigner.submit(_LOG.ask(old, size))
        assert (verdict.status, verdict.cosigned and verdict.cosigned.size) == (200, size)
        _cosigned(_LOG.note(size), verdict.body, _FIRST)


def test_each_log_has_its_own_history(cosigner: Cosigner) -> None:
    assert cosigner.submit(_LOG.ask(0, 20)).status == 200
    assert cosigner.submit(_OTHER.ask(0, 3)).status == 200
    assert cosigner.submit(_OTHER.ask(20, 21)).status == 409


def test_another_old_size_is_answered_with_the_one_that_was_cosigned(cosigner: Cosigner) -> None:
    assert cosigner.submit(_LOG.ask(4, 9)).body == "0\n"
    cosigner.submit(_LOG.ask(0, 9))
    for old, size in ((0, 16), (8, 16), (10, 16), (0, 9)):
        verdict = cosigner.submit(_LOG.ask(old, size))
        assert (verdict.status, verdict.body, verdict.media_type) == (409, "9\n", "text/x.tlog.size")


def test_a_smaller_checkpoint_is_never_cosigned(cosigner: Cosigner) -> None:
    cosigner.submit(_LOG.ask(0, 9))
    assert cosigner.submit(_LOG.ask(9, 5)).status == 400
    assert cosigner.submit(_LOG.ask(5, 5)).status == 409


def test_a_second_history_is_never_cosigned(cosigner: Cosigner) -> None:
    cosigner.submit(_LOG.ask(0, 9))
    same_size = cosigner.submit(_FORK.ask(9, 9))
    assert (same_size.status, same_size.media_type.partition(";")[0]) == (409, "text/plain")
    assert cosigner.submit(_FORK.ask(9, 20)).status == 422
    assert cosigner.submit(_LOG.ask(9, 20)).status == 200


def test_a_proof_has_to_be_exactly_right(cosigner: Cosigner) -> None:
    proof = Submission.parse(_LOG.ask(9, 20)).proof
    extra = str(Submission(0, (bytes(32),), _LOG.note(9))).encode()
    assert cosigner.submit(extra).status == 422, "from nothing there is nothing to prove"
    cosigner.submit(_LOG.ask(0, 9))
    for wrong in (proof[:-1], (*proof, bytes(32)), (), tuple(reversed(proof))):
        assert cosigner.submit(str(Submission(9, wrong, _LOG.note(20))).encode()).status == 422
    assert cosigner.submit(str(Submission(9, (bytes(32),), _LOG.note(9))).encode()).status == 422


def test_an_empty_log_has_the_empty_root(cosigner: Cosigner) -> None:
    lie = sign_checkpoint(Checkpoint(_LOG.key.name, 0, bytes(32)), _LOG.key)
    assert cosigner.submit(str(Submission(0, (), lie)).encode()).status == 409


def test_a_stranger_is_told_apart_from_a_forger(cosigner: Cosigner) -> None:
    assert cosigner.submit(AskingLog("log.example/three").ask(0, 5)).status == 404
    assert cosigner.submit(AskingLog(seed=9).ask(0, 5)).status == 403
    body = bytearray(_LOG.ask(0, 5))
    body[-10] = ord("A") if body[-10] != ord("A") else ord("B")
    assert cosigner.submit(bytes(body)).status == 403, "the key's name and id, and another signature"
    assert cosigner.submit(b"hello").status == 400
    assert cosigner.submit(b"old 0\n\n" + str(_LOG.note(3)).replace("\n3\n", "\n3 \n").encode()).status == 400


def test_signatures_of_keys_that_nobody_knows_do_not_disturb(cosigner: Cosigner) -> None:
    more = sign_checkpoint(Checkpoint.parse(_LOG.note(5).text), SignerKey("someone", 1, bytes(32))).signatures
    asked = Submission(0, (), _LOG.note(5).with_signatures(more))
    assert cosigner.submit(str(asked).encode()).status == 200
    kept = cosigner.latest(name_of(_LOG.key.name))
    assert kept is not None
    assert [line.name for line in kept.signatures] == [_LOG.key.name, _FIRST.name]


def test_it_goes_on_after_a_restart_and_with_a_new_key(folder: Path, clock: ManualClock) -> None:
    with Memory(folder) as memory:
        assert _cosigner(memory, clock).submit(_LOG.ask(0, 9)).status == 200
    with Memory(folder) as memory:
        both = _cosigner(memory, clock, _FIRST, _NEXT).submit(_LOG.ask(9, 16))
        _cosigned(_LOG.note(16), both.body, _FIRST, _NEXT)
    with Memory(folder) as memory:
        alone = _cosigner(memory, clock, _NEXT)
        assert alone.submit(_FORK.ask(16, 33)).status == 422, "a new key is no new beginning"
        _cosigned(_LOG.note(33), alone.submit(_LOG.ask(16, 33)).body, _NEXT)


def test_nothing_is_cosigned_that_is_not_on_the_disk(
    cosigner: Cosigner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("parley.app.witness.memory.replace_durably", full)
        with pytest.raises(OSError, match="space"):
            cosigner.submit(_LOG.ask(0, 9))
    assert cosigner.submit(_LOG.ask(9, 16)).body == "0\n", "as if it had never been asked"
    assert cosigner.submit(_LOG.ask(0, 9)).status == 200
    assert Checkpoint.parse(Note.parse((folder / name_of(_LOG.key.name)).read_bytes()).text).size == 9


def test_a_damaged_memory_cosigns_nothing(cosigner: Cosigner, folder: Path) -> None:
    cosigner.submit(_LOG.ask(0, 9))
    (folder / name_of(_LOG.key.name)).write_text("x")
    with pytest.raises(StateDamaged):
        cosigner.submit(_LOG.ask(9, 16))
    (folder / name_of(_LOG.key.name)).write_text(str(_OTHER.note(3)))
    with pytest.raises(StateDamaged):
        cosigner.submit(_LOG.ask(9, 16))
    assert cosigner.submit(_OTHER.ask(0, 3)).status == 200


def test_two_processes_never_work_with_one_memory(folder: Path) -> None:
    with Memory(folder), pytest.raises(StateDamaged, match="another witness"):
        Memory(folder)
    with Memory(folder):
        pass


def test_two_requests_at_once_leave_one_history(cosigner: Cosigner) -> None:
    """The honest and the forged continuation arrive together: exactly one of them is cosigned."""
    cosigner.submit(_LOG.ask(0, 3))
    verdicts: list[int] = []
    start = threading.Barrier(8)

    def submit(log: AskingLog) -> None:
        start.wait()
        verdicts.append(cosigner.submit(log.ask(3, 20)).status)

    threads = [threading.Thread(target=submit, args=(log,)) for log in (_LOG, _FORK) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [200] + [409] * 7


def test_a_key_of_another_kind_is_refused(folder: Path, clock: ManualClock) -> None:
    with Memory(folder) as memory:
        with pytest.raises(Malformed):
            _cosigner(memory, clock, _LOG.key)
        with pytest.raises(Malformed):
            Cosigner([_FIRST], [_FIRST.verifier], memory, clock)
