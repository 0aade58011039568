"""What is written for good is there whole, for its owner alone, and never through a link that somebody planted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parley.core import files
from parley.core.files import create_durably, replace_durably


def test_a_file_is_replaced_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    """Whoever could read the old file cannot read the new one, and no draft is left."""
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What a planted link points at stays as it was."""
    target, path = tmp_path / "target", tmp_path / "secret"
    target.write_bytes(b"untouched")
    path.symlink_to(target)
    replace_durably(path, b"new")
    assert target.read_bytes() == b"untouched"
    assert not path.is_symlink()
    assert path.read_bytes() == b"new"


def test_a_link_under_the_name_of_the_draft_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also who guesses the name of the draft has nothing written elsewhere."""
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: "guessed")
    target = tmp_path / "target"
    (tmp_path / ".secret.guessed").symlink_to(target)
    for write in (replace_durably, create_durably):
        with pytest.raises(FileExistsError):
            write(tmp_path / "secret", b"new")
    assert not target.exists()


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """Two processes that start together have one secret: that of the first."""
    path = tmp_path / "secret"
    assert create_durably(path, b"first")
    assert not create_durably(path, b"second")
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails takes nothing away and leaves no half behind."""

    def full(handle: int) -> None:
        raise OSError("no space left")

    path = tmp_path / "secret"
    replace_durably(path, b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        replace_durably(path, b"new")
    with pytest.raises(OSError, match="no space"):
        create_durably(tmp_path / "other", b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
