"""Erasure keys never leave the server, and a restore writes nothing that a backup of ours would not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.app.backup import contents

DIGEST = "ab" * 32


def fill(data_dir: Path) -> None:
    for name in (
        "erasure/2026-11-22", "search/v1/meta", "postgres/PG_VERSION", "secrets/accounts", "secrets/.accounts.1",
        "log/key", "log/key.00ff00ff", "log/signed.json", "log/.lock", "legal/roots/a.pem", "legal/checks.toml",
        "policies/terms/1.md", f"blobs/ab/{DIGEST}", "parley.toml", "strange/file", ".backup-1/database.dump",
    ):  # fmt: skip
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_what_is_copied_without_secrets(tmp_path: Path) -> None:
    """A user trusts that a backup alone gives no number away."""
    fill(tmp_path)
    expected = ["policies/terms/1.md", "legal/checks.toml", "legal/roots/a.pem", f"blobs/ab/{DIGEST}"]
    assert list(contents.files(tmp_path, secrets=False)) == expected


def test_what_is_copied_with_secrets(tmp_path: Path) -> None:
    """The operator who asks gets keys and settings, and still no erasure key and no signer's memory."""
    fill(tmp_path)
    more = set(contents.files(tmp_path, secrets=True)) - set(contents.files(tmp_path, secrets=False))
    assert more == {"secrets/accounts", "log/key", "log/key.00ff00ff", "parley.toml"}


def test_nothing_is_forgotten_silently(tmp_path: Path) -> None:
    """A folder that nobody has listed is named to the operator."""
    fill(tmp_path)
    assert contents.unknown(tmp_path) == ["strange"]


def test_a_restore_takes_its_own_files_only(tmp_path: Path) -> None:
    """Whatever a backup copies a restore accepts."""
    fill(tmp_path)
    assert all(contents.acceptable(name) for name in contents.files(tmp_path, secrets=True))


@pytest.mark.parametrize(
    "name",
    [
        "../x", "/etc/passwd", "legal/../../x", "legal//x", "erasure/2026-11-22", "log/signed.json", "log/key/x",
        "postgres/postgresql.conf", "search/x", "secrets", "blobs/ab/x", "blobs/x", "x",
    ],
)  # fmt: skip
def test_a_restore_refuses_everything_else(name: str) -> None:
    """A made-up backup can neither climb out nor bring erasure keys or a signer's memory."""
    assert not contents.acceptable(name)
