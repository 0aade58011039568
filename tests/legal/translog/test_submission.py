"""A log's request to a witness has one spelling, and nothing else is taken for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.errors import Malformed, SignatureInvalid
from parley.legal.translog.notes import COSIGNATURE_V1, ED25519, SignerKey
from parley.legal.translog.submission import MAX_PROOF, Submission, cosignatures_in, parse_size

_LOG = SignerKey("log.example/one", ED25519, bytes(range(32)))
_WITNESS = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(1, 33)))
_OTHER = SignerKey("witness.example/w2", COSIGNATURE_V1, bytes(range(2, 34)))
_NOTE = sign_checkpoint(Checkpoint(_LOG.name, 5, bytes(32)), _LOG)
_NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_HASH = "A" * 43 + "="


def test_what_is_written_is_read_again() -> None:
    for old, proof in ((0, ()), (3, (bytes(32), b"\x01" * 32)), (5, ())):
        asked = Submission(old, proof, _NOTE)
        assert Submission.parse(str(asked).encode()) == asked
    assert str(Submission(3, (bytes(32),), _NOTE)) == f"old 3\n{_HASH}\n\n{_NOTE}"


@pytest.mark.parametrize(
    "body",
    [
        "",
        f"old 03\n\n{_NOTE}",
        f"old  3\n\n{_NOTE}",
        f"old -1\n\n{_NOTE}",
        f"size 3\n\n{_NOTE}",
        f"old 3\n{_HASH}",
        f"old 3\nAAAA\n\n{_NOTE}",
        f"old 3\n{_HASH[:-1]}\n\n{_NOTE}",
        f"old 3\n{'B'.join((_HASH[:42], '='))}\n\n{_NOTE}",
        f"old 3\n{f'{_HASH}{chr(10)}' * (MAX_PROOF + 1)}\n{_NOTE}",
        f"old 3\r\n\r\n{_NOTE}",
        "old 3\n\nno note",
    ],
)
def test_another_spelling_is_no_submission(body: str) -> None:
    with pytest.raises(Malformed):
        Submission.parse(body.encode())


def test_bytes_that_are_no_text_are_no_submission() -> None:
    with pytest.raises(Malformed):
        Submission.parse(b"old 0\n\n\xff\n")


def test_a_size_is_one_number_on_a_line() -> None:
    assert (parse_size(b"0\n"), parse_size(b"50\n")) == (0, 50)
    for body in (b"", b"50", b"050\n", b"50\n\n", b"-1\n", b"many\n", b"\xff\n"):
        with pytest.raises(Malformed):
            parse_size(body)


def test_only_the_witness_that_was_asked_counts_in_its_answer() -> None:
    own, foreign = (str(cosign(_NOTE.text, key, _NOW)) for key in (_WITNESS, _OTHER))
    assert [str(line) for line in cosignatures_in((own + foreign).encode(), _NOTE, _WITNESS.verifier)] == [own]
    with pytest.raises(SignatureInvalid):
        cosignatures_in(foreign.encode(), _NOTE, _WITNESS.verifier)
    with pytest.raises(Malformed):
        cosignatures_in(b"fine\n", _NOTE, _WITNESS.verifier)
    with pytest.raises(Malformed):
        cosignatures_in(own.encode()[:-1], _NOTE, _WITNESS.verifier)


def test_a_cosignature_of_something_else_is_refused() -> None:
    other = Checkpoint(_LOG.name, 6, bytes(32)).text()
    with pytest.raises(SignatureInvalid):
        cosignatures_in(str(cosign(other, _WITNESS, _NOW)).encode(), _NOTE, _WITNESS.verifier)
