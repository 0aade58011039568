"""An operator gives the database's passwords by variables or lets `database prepare` draw them."""

import json
from pathlib import Path

import pytest

from parley.app.passwords import passwords
from parley.storage.prepare import PASSWORD_FILE


def test_an_embedded_database_needs_none(tmp_path: Path) -> None:
    assert passwords(tmp_path) == {}


def test_a_variable_goes_before_what_was_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / PASSWORD_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"parley_legal": "drawn", "parley_seal": "drawn"}), "utf-8")
    monkeypatch.setenv("PARLEY_DATABASE_PASSWORD_LEGAL", "given")
    assert passwords(tmp_path) == {"parley_legal": "given", "parley_seal": "drawn"}
