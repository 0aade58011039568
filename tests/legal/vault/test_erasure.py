"""Erasure keys are private files that are never half there, and once shredded they stay away."""

from __future__ import annotations

import stat

import pytest

from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.errors import ErasureKeyExists, ErasureKeyGone


def test_two_processes_agree_on_the_days_key(tmp_path):
    one, other = ErasureKeys(tmp_path / "erasure"), ErasureKeys(tmp_path / "erasure")
    key = one.get_or_make("2026-11-22")
    assert other.get_or_make("2026-11-22") == key
    with pytest.raises(ErasureKeyExists):
        other.make("2026-11-22")
    assert one.names() == ("2026-11-22",)


def test_nobody_else_on_the_machine_can_read_them(tmp_path):
    folder = tmp_path / "erasure"
    ErasureKeys(folder).make("2026-11-22.7")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "2026-11-22.7").stat().st_mode) == 0o600


def test_a_shredded_day_is_gone(tmp_path):
    keys = ErasureKeys(tmp_path)
    keys.make("2026-11-22")
    assert keys.shred("2026-11-22")
    assert not keys.shred("2026-11-22")
    with pytest.raises(ErasureKeyGone):
        keys.get("2026-11-22")


def test_a_name_from_the_database_cannot_leave_the_folder(tmp_path):
    with pytest.raises(ErasureKeyGone):
        ErasureKeys(tmp_path / "erasure").get("../secrets/key")
    (tmp_path / "2026-11-21").write_bytes(b"short")
    with pytest.raises(ErasureKeyGone):
        ErasureKeys(tmp_path).get("2026-11-21")
