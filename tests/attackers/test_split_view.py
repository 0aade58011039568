"""An operator who shows each witness another history is found by whoever asks them both, with the proof in hand."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from parley.app.log_verify.command import report
from parley.app.log_verify.comparing import SplitView
from parley.app.log_verify.errors import LogUnreachable
from parley.app.log_verify.verifying import Asked, Policy, Verified, verify
from parley.app.witness.cosigner import Cosigner
from parley.app.witness.memory import Memory
from parley.core.clock import ManualClock
from parley.legal.translog.errors import Malformed, SignatureInvalid
from parley.legal.translog.following import Fetch
from parley.legal.translog.notes import COSIGNATURE_V1, Note, SignerKey
from parley.legal.translog.openings import PADDING, Opening, Stage
from parley.legal.translog.submission import Submission
from tests.attackers.lying_log import KEY, View

_SECRET = Opening(Stage.FAKE, "ref1", "DE", "national_court")


def _log(*secret_at: int, size: int = 48) -> View:
    return View([_SECRET if index in secret_at else PADDING for index in range(size)])


class _Witnesses:
    """People whose witnesses each saw what the operator chose to show them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shown: dict[str, Cosigner | None] = {}

    def see(self, url: str, view: View | None) -> None:
        key = SignerKey(url.partition("://")[2], COSIGNATURE_V1, sha256(url.encode()).digest())
        cosigner = Cosigner([key], [KEY.verifier], Memory(self._folder / key.name), ManualClock())
        if view is not None:
            assert cosigner.submit(str(Submission(0, (), Note.parse(view.checkpoint))).encode()).status == 200
        self._shown[url] = cosigner

    def open(self, url: str) -> Fetch:
        def fetch(path: str) -> bytes:
            cosigner = self._shown.get(url)
            note = None if cosigner is None else cosigner.latest(path.removesuffix("/checkpoint"))
            if note is None:
                raise LogUnreachable(path, 404 if cosigner else None)
            return str(note).encode()

        return fetch


@pytest.fixture
def witnesses(tmp_path: Path) -> _Witnesses:
    return _Witnesses(tmp_path)


_ANNA, _BERT, _CLEO = "https://anna.example", "https://bert.example", "https://cleo.example"


def _checked(view: View, witnesses: _Witnesses, *urls: str, listed: bool = False) -> Verified:
    asked = Asked(witnesses.open, urls, listed)
    return verify(view, state=None, vkey=str(KEY.verifier), policy=Policy(), asked=asked)


def test_witnesses_that_saw_one_history_are_named_too(witnesses: _Witnesses) -> None:
    witnesses.see(_ANNA, _log(5, size=16))
    witnesses.see(_BERT, _log(5))
    witnesses.see(_CLEO, None)
    said = report(_checked(_log(5), witnesses, _ANNA, _BERT, _CLEO))
    assert f"{_ANNA} saw the same log at 16 leaves" in said
    assert f"{_BERT} saw the same log at 48 leaves" in said
    assert f"{_CLEO} has not seen this log" in said


def test_a_split_view_is_named_with_both_signed_notes(witnesses: _Witnesses) -> None:
    honest, forged = _log(5), _log()
    witnesses.see(_ANNA, honest)
    witnesses.see(_BERT, forged)
    with pytest.raises(SplitView) as found:
        _checked(honest, witnesses, _ANNA, _BERT)
    said = str(found.value)
    assert f"{_ANNA} saw a past of what is shown here" in said
    assert f"{_BERT} saw 48 leaves" in said
    assert "something else" in said
    for view in (honest, forged):
        assert view.checkpoint.decode().partition("\n\n")[0] in said
    with pytest.raises(SplitView, match=_ANNA):
        _checked(forged, witnesses, _ANNA, _BERT)


def test_a_log_that_hides_its_newest_hour_is_named(witnesses: _Witnesses) -> None:
    witnesses.see(_ANNA, _log(5, size=64))
    with pytest.raises(SplitView, match="more than is shown here"):
        _checked(_log(5), witnesses, _ANNA)


def test_no_witness_can_invent_a_split(witnesses: _Witnesses) -> None:
    """What counts is the log's own signature; without it a witness says nothing about the log."""
    note = Note.parse(_log().checkpoint)
    forged = Note(note.text.replace("\n48\n", "\n64\n"), note.signatures)

    def opened(url: str) -> Fetch:
        return lambda _: str(forged).encode()

    with pytest.raises(SignatureInvalid):
        verify(_log(), state=None, vkey=None, policy=Policy(), asked=Asked(opened, (_ANNA,)))


def test_a_witness_that_cannot_be_asked_is_no_agreement(witnesses: _Witnesses) -> None:
    with pytest.raises(LogUnreachable):
        _checked(_log(), witnesses, _ANNA)


def test_the_witnesses_that_the_log_lists_are_asked_on_request(witnesses: _Witnesses) -> None:
    witnesses.see(_BERT, _log())

    class Listing(View):
        def _files(self) -> dict[str, bytes]:
            listed = json.dumps({"witnesses": [{"name": "b", "vkey": "…", "url": _BERT}]})
            return {**super()._files(), "witnesses.json": listed.encode()}

    view = Listing(_log(5).openings)
    assert _checked(view, witnesses).views == ()
    with pytest.raises(SplitView, match=_BERT):
        _checked(view, witnesses, listed=True)
    with pytest.raises(LogUnreachable):
        _checked(_log(), witnesses, listed=True)

    class Nonsense(View):
        def _files(self) -> dict[str, bytes]:
            return {**super()._files(), "witnesses.json": b"[]"}

    with pytest.raises(Malformed):
        _checked(Nonsense(_log().openings), witnesses, listed=True)
