"""The public test vectors are what this program makes and accepts, and what it refuses it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parley.app.witness.cosigner import Cosigner
from parley.app.witness.memory import Memory
from parley.core.clock import ManualClock
from parley.legal.translog.checkpoints import verify_checkpoint
from parley.legal.translog.errors import Malformed, TranslogError
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Leaf, Opening
from parley.legal.translog.origins import read_origins, trace
from parley.legal.translog.publication import Publication, QuarterSequence, check_part
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.submission import Submission
from tests.legal.translog import vectors

_FILE: dict[str, Any] = json.loads(vectors.PATH.read_text("utf-8"))
_KEY, _WITNESS = vectors.LOG.verifier, vectors.WITNESS.verifier


def _refused(*path: str) -> list[Any]:
    found = _FILE
    for name in path:
        found = found[name]
    return [pytest.param(item, id=item["why"]) for item in found]


def test_the_file_is_what_this_program_makes() -> None:
    assert vectors.PATH.read_text("utf-8") == vectors.text()


@pytest.mark.parametrize("item", _refused("refused_openings"))
def test_an_opening_that_says_something_else_is_refused(item: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        Opening.from_json(json.loads(item["opening"]))


@pytest.mark.parametrize("item", _refused("refused_leaves"))
def test_a_leaf_has_one_spelling(item: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        Leaf.decode(item["leaf"].encode())


def test_good_checkpoints_verify() -> None:
    for text in _FILE["checkpoints"]["good"]:
        assert verify_checkpoint(text, _KEY, [_WITNESS]).checkpoint.size == 5


@pytest.mark.parametrize("item", _refused("checkpoints", "refused"))
def test_a_bad_checkpoint_is_refused(item: dict[str, str]) -> None:
    with pytest.raises(TranslogError):
        verify_checkpoint(item["checkpoint"], _KEY, [_WITNESS])


def test_a_witness_answers_as_the_vectors_say(tmp_path: Path, clock: ManualClock) -> None:
    said = _FILE["submission"]
    for number, case in enumerate(said["answers_of_a_witness_that_saw_256"]):
        with Memory(tmp_path / str(number)) as memory:
            witness = Cosigner([vectors.WITNESS], [_KEY], memory, clock)
            first = Submission(0, (), verify_checkpoint(said["seen"], _KEY).note)
            assert witness.submit(str(first).encode()).status == 200
            verdict = witness.submit(case["request"].encode())
            assert verdict.status == case["status"]
            assert verdict.body == case.get("body", verdict.body)


def _check_quarters(files: list[Any]) -> tuple[list[Publication], QuarterSequence]:
    leaves = [Leaf.decode(item.encode()) for item in _FILE["quarters"]["leaves"]]
    read = [Publication.parse(json.dumps(item)) for item in files]
    sequence = QuarterSequence()
    for publication in read:
        sequence.take(publication)
        for part in publication.logs:
            check_part(part, leaves.__getitem__)
    return read, sequence


def test_good_quarters_hold_with_a_late_leaf_and_a_quarter_without_new_ones() -> None:
    read, sequence = _check_quarters(_FILE["quarters"]["good"])
    assert read[1].logs[0].first_index is None
    assert sequence.still_closed(vectors.LOG.name) == ()
    _, before = _check_quarters(_FILE["quarters"]["good"][:2])
    assert before.still_closed(vectors.LOG.name) == (("2026Q3", 1),)


@pytest.mark.parametrize("item", _refused("quarters", "refused"))
def test_a_quarter_that_hides_or_changes_something_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(TranslogError):
        _check_quarters(item["files"])


def test_good_receipts_verify() -> None:
    for raw in _FILE["receipts"]["good"]:
        verify_receipt(Receipt.from_json(raw), _KEY)


@pytest.mark.parametrize("item", _refused("receipts", "refused"))
def test_a_bad_receipt_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(TranslogError):
        verify_receipt(Receipt.from_json(item["receipt"]), _KEY)


def test_the_chain_of_logs_leads_to_the_old_key() -> None:
    listed = read_origins(json.dumps(_FILE["origins"]["good"]))
    today = VerifierKey.parse(_FILE["keys"]["next_log_vkey"])
    assert trace(listed, today, _KEY.name)[1] == _KEY


@pytest.mark.parametrize("item", _refused("origins", "refused"))
def test_a_false_chain_of_logs_leads_nowhere(item: dict[str, Any]) -> None:
    with pytest.raises(TranslogError):
        trace(read_origins(json.dumps(item["origins"])), vectors.NEXT.verifier, _KEY.name)
