"""Whoever holds the log's key can lie; the lie is found by all who kept a checkpoint or read the openings."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parley.app.log_verify import command
from parley.app.log_verify.command import report
from parley.app.log_verify.verifying import Policy, Verified, verify
from parley.app.witness.keeping import witness_once
from parley.legal.translog.errors import LogForked, ProofInvalid, TranslogError
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.translog.openings import PADDING, Opening, Stage
from parley.legal.translog.publication import LogPart, Publication
from tests.attackers.lying_log import View

NOW = datetime(2027, 1, 2, tzinfo=UTC)
DECIDED = Opening(
    Stage.DECIDED, "ref1", "DE", "national_court", users=1, fields=("phone",), result="disclose",
    release_sha256="ab" * 32,
)  # fmt: skip


def log(*secret_at: int, size: int = 48) -> View:
    """A log of padding in which releases stand at these places."""
    return View([DECIDED if index in secret_at else PADDING for index in range(size)])


def quarter(view: View, name: str, first: int, last: int, *, closed: tuple[int, ...] = ()) -> Publication:
    opened = tuple(view.opened(index) for index in range(first, last + 1) if index not in closed)
    part = LogPart("chat.example/log", first, last, len(closed), view.checkpoint.decode(), opened, ())
    return Publication(name, NOW, (part,))


def checked(view: View, state: Path | None = None, **more: object) -> Verified:
    return verify(view, state=state, vkey=None, policy=Policy(), **more)  # type: ignore[arg-type]


def test_two_views_for_two_witnesses_are_found_when_they_exchange_checkpoints(tmp_path: Path) -> None:
    honest, forged = log(5), log()
    names = ("anna", "bert")
    for name, view in zip(names, (honest, forged), strict=True):
        key = SignerKey.generate(f"witness.example/{name}", COSIGNATURE_V1)
        witness_once(view, key, tmp_path / name, None, NOW)  # type: ignore[arg-type]
        assert view.posted, "each alone sees nothing wrong and cosigns"
    for mine, theirs in ((honest, forged), (forged, honest)):
        with pytest.raises(LogForked, match="not those that were seen before"):
            checked(mine, seen=[theirs.checkpoint])
    longer = log(5, size=64)
    assert checked(longer, seen=[honest.checkpoint]).head.checkpoint.size == 64
    with pytest.raises(LogForked):
        checked(longer, seen=[forged.checkpoint])


def test_a_view_that_lags_behind_what_another_saw_is_found() -> None:
    with pytest.raises(LogForked, match="had 64 leaves"):
        checked(log(5), seen=[log(5, size=64).checkpoint])


def test_an_older_state_is_shown_to_nobody_who_was_there_before(tmp_path: Path) -> None:
    checked(log(5), tmp_path / "state")
    for earlier in (log(5, size=32), log(size=48), log(5, size=0)):
        with pytest.raises(TranslogError):
            checked(earlier, tmp_path / "state")


def test_a_release_opened_as_padding_and_padding_opened_as_a_release_are_found() -> None:
    for truth, lie in ((log(5), PADDING), (log(), DECIDED)):
        honest = quarter(truth, "2026Q4", 0, 47)
        (part,) = honest.logs
        opened = tuple(truth.opened(5, lie) if item.index == 5 else item for item in part.openings)
        truth.publications = [replace(honest, logs=(replace(part, openings=opened),))]
        with pytest.raises(ProofInvalid, match="another opening"):
            checked(truth)


def test_a_release_cannot_be_left_out_of_the_openings() -> None:
    view = log(5)
    honest = quarter(view, "2026Q4", 0, 47, closed=(5,))
    (part,) = honest.logs
    for lie in (
        [replace(honest, logs=(replace(part, closed=0),))],
        [quarter(view, "2026Q4", 6, 47)],
        [quarter(view, "2026Q4", 0, 4), quarter(view, "2027Q1", 6, 47)],
        [quarter(view, "2026Q4", 0, 31), quarter(view, "2027Q1", 16, 47)],
    ):
        view.publications = lie
        with pytest.raises(ProofInvalid):
            checked(view)


def test_a_release_that_stays_closed_stays_visible_as_a_closed_leaf() -> None:
    view = log(5)
    view.publications = [quarter(view, "2026Q4", 0, 47, closed=(5, 9))]
    assert checked(view).closed == (("2026Q4", 2),)
    assert "2 leaves of 2026Q4 are still closed" in report(checked(view))
    (part,) = quarter(view, "2027Q4", 0, 47).logs
    late = replace(part, first_index=None, last_index=None, openings=(), late=(view.opened(9),))
    view.publications = [*view.publications, Publication("2027Q4", NOW, (late,))]
    assert checked(view).closed == (("2026Q4", 1),), "the padding is opened, the release is what is left"


def test_the_command_takes_a_checkpoint_that_somebody_else_was_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Served(View):
        def __enter__(self) -> View:
            return self

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(command, "LogClient", lambda _: Served(log(5).openings))
    parser = argparse.ArgumentParser()
    command.configure(parser)
    for other, code in ((log(5), 0), (log(), 1)):
        (tmp_path / "theirs").write_bytes(other.checkpoint)
        asked = parser.parse_args(["verify", "https://chat.example", "--seen", str(tmp_path / "theirs")])
        assert command.run(asked) == code
    assert "MISMATCH" in capsys.readouterr().err
