"""Checkpoints that other people's verifiers accept, and forgeries that ours does not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint, verify_checkpoint
from parley.legal.translog.cosignatures import cosign, verify_cosignature
from parley.legal.translog.errors import CosignaturesMissing, Malformed, SignatureInvalid
from parley.legal.translog.notes import (
    COSIGNATURE_V1,
    ED25519,
    Note,
    SignerKey,
    VerifierKey,
    is_key_name,
    parse_signature,
)

# Published with the signed-note format's first implementation.
_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
_NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_LOG = SignerKey("parley.example/transparency/log", ED25519, bytes(range(32)))
_WITNESS = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(1, 33)))
_HEAD = Checkpoint(_LOG.name, 16, bytes(range(32)))


def test_a_published_note_verifies() -> None:
    key = VerifierKey.parse(_VKEY)
    assert str(key) == _VKEY
    note = Note.parse(_NOTE)
    note.verify(key)
    assert str(note) == _NOTE


def test_a_changed_word_breaks_the_signature() -> None:
    with pytest.raises(SignatureInvalid):
        Note.parse(_NOTE.replace("problem", "puzzle")).verify(VerifierKey.parse(_VKEY))


def test_the_cosignature_in_the_specification_is_read_and_written_alike() -> None:
    line = (
        "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
        "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    signature = parse_signature(line)
    assert str(signature) == line
    assert int.from_bytes(signature.signature[:8], "big") == 1679315147
    assert len(signature.signature) == 72


def test_a_signed_checkpoint_is_accepted_and_says_who_cosigned_when() -> None:
    note = sign_checkpoint(_HEAD, _LOG)
    served = note.with_signatures([cosign(note.text, _WITNESS, _NOW)])
    verified = verify_checkpoint(str(served), _LOG.verifier, [_WITNESS.verifier], 1)
    assert verified.checkpoint == _HEAD
    assert [(item.name, item.at) for item in verified.cosigners] == [("witness.example/w1", _NOW)]


def test_a_release_can_demand_a_witness() -> None:
    note = sign_checkpoint(_HEAD, _LOG)
    with pytest.raises(CosignaturesMissing):
        verify_checkpoint(note, _LOG.verifier, [_WITNESS.verifier], 1)
    twice = note.with_signatures(
        [cosign(note.text, _WITNESS, _NOW), cosign(note.text, _WITNESS, datetime(2026, 1, 1, tzinfo=UTC))]
    )
    with pytest.raises(CosignaturesMissing):
        verify_checkpoint(twice, _LOG.verifier, [_WITNESS.verifier], 2)


def test_one_witness_under_two_names_counts_once() -> None:
    alias = SignerKey("witness.example/w2", COSIGNATURE_V1, _WITNESS.seed)
    note = sign_checkpoint(_HEAD, _LOG)
    both = note.with_signatures([cosign(note.text, key, _NOW) for key in (_WITNESS, alias)])
    with pytest.raises(CosignaturesMissing):
        verify_checkpoint(both, _LOG.verifier, [_WITNESS.verifier, alias.verifier], 2)


def test_a_forged_cosignature_is_refused_loudly() -> None:
    note = sign_checkpoint(_HEAD, _LOG)
    line = cosign(sign_checkpoint(Checkpoint(_LOG.name, 17, bytes(32)), _LOG).text, _WITNESS, _NOW)
    with pytest.raises(SignatureInvalid):
        verify_checkpoint(note.with_signatures([line]), _LOG.verifier, [_WITNESS.verifier])
    with pytest.raises(SignatureInvalid):
        verify_cosignature(note.text, line, VerifierKey("other", COSIGNATURE_V1, _WITNESS.verifier.public))


def test_another_logs_checkpoint_is_refused() -> None:
    other = Checkpoint("elsewhere.example/log", 16, bytes(32))
    with pytest.raises(SignatureInvalid):
        verify_checkpoint(sign_checkpoint(other, _LOG), _LOG.verifier)
    with pytest.raises(SignatureInvalid):
        verify_checkpoint(sign_checkpoint(_HEAD, SignerKey(_LOG.name, ED25519, bytes(32))), _LOG.verifier)


def test_keys_survive_being_written_down() -> None:
    for key in (_LOG, _WITNESS, SignerKey.generate("a.example/x", ED25519)):
        assert SignerKey.parse(key.serialize()) == key
        assert VerifierKey.parse(str(key.verifier)) == key.verifier
        assert key.serialize() not in repr(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x\n",
        "x\n\n",
        "x\n\n- a b\n",
        "x\ty\n\n\u2014 a AAAAAAA=\n",
        "x\n\n\u2014 a+b AAAAAAA=\n",
        "x\n\n\u2014 a AAAA\n",
        "x\n\n\u2014 a AAAAAAB=\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Note.parse(text)


@pytest.mark.parametrize(
    "text", ["a\n1\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", _HEAD.text() + "extension\n", "\n" + _HEAD.text()]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text", ["", "a+b+c", _VKEY.replace("c74f", "c74e"), "a+00000000+AQ==", _VKEY.replace("+A", "+B")]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


def test_a_key_name_has_neither_spaces_nor_plus_signs() -> None:
    assert is_key_name("example.com/log")
    assert not any(is_key_name(name) for name in ("", "a b", "a\u3000b", "a+b", "a\nb"))
    with pytest.raises(Malformed):
        SignerKey.generate("two words", ED25519)
