"""A restore that fails leaves nothing behind, so that an operator can simply try again."""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from parley.app.backup import archive
from parley.app.backup.errors import BackupDamaged, NotEmpty, TooNew
from parley.app.backup.model import DATABASE, MANIFEST, Entry, Manifest
from parley.app.backup.restoring import restore

IDENTITY = pyrage.x25519.Identity.generate()
DUMP = b"dump"
BLOB = b"a picture"
DIGEST = hashlib.sha256(BLOB).hexdigest()
MANIFESTED = Manifest(
    "0.1", "2026-11-22T00:00:00+00:00", 1, False, ("secrets/accounts", "log/key"), {"h/log": 16}, 1,
    {DATABASE: Entry(len(DUMP), hashlib.sha256(DUMP).hexdigest())},
)  # fmt: skip


def backup(manifest: Manifest | None = MANIFESTED, **members: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with archive.writing(out, [IDENTITY.to_public()]) as writer:
        for name, content in {DATABASE: DUMP, f"blobs/{DIGEST[:2]}/{DIGEST}": BLOB, **members}.items():
            writer.add_bytes(name, content)
        if manifest is not None:
            writer.add_bytes(MANIFEST, manifest.to_json())
    return io.BytesIO(out.getvalue())


async def loaded(data_dir: Path, file: Path) -> None:
    await asyncio.to_thread((data_dir / "postgres").mkdir)
    assert await asyncio.to_thread(file.read_bytes) == DUMP


async def test_missing_secrets_leave_a_sign(tmp_path: Path) -> None:
    """The restored server cannot quietly make new keys in the place of those that people's data needs."""
    manifest = await restore(tmp_path / "new", backup(), [IDENTITY], loaded)
    assert manifest.blobs == 1
    left = sorted(
        str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*") if path.is_file()
    )
    assert left == [f"blobs/{DIGEST[:2]}/{DIGEST}", "log/signed.json", "secrets/accounts"]
    assert (tmp_path / "new" / "secrets" / "accounts").read_bytes() == b""


@pytest.mark.parametrize(
    "broken",
    [
        lambda: backup(None),
        lambda: backup(**{"legal/checks.toml": b"added"}),
        lambda: backup(replace(MANIFESTED, blobs=2)),
        lambda: backup(replace(MANIFESTED, files={DATABASE: Entry(4, "0" * 64)})),
        lambda: backup(**{"erasure/2026-11-22": b"k"}),
        lambda: backup(**{f"blobs/{DIGEST[:2]}/{'0' * 64}": b"another"}),
    ],
)
async def test_a_backup_that_does_not_match_its_manifest(tmp_path: Path, broken: object) -> None:
    """Nothing of it is kept, the directory is empty again."""
    with pytest.raises(BackupDamaged):
        await restore(tmp_path / "new", broken(), [IDENTITY], loaded)  # type: ignore[operator]
    assert list((tmp_path / "new").iterdir()) == []


async def test_a_newer_backup_is_refused(tmp_path: Path) -> None:
    """The operator is told to install that version first."""
    with pytest.raises(TooNew):
        await restore(tmp_path, backup(replace(MANIFESTED, schema=9999)), [IDENTITY], loaded)


async def test_living_data_is_never_overwritten(tmp_path: Path) -> None:
    """A restore into a directory with anything in it is refused and touches nothing."""
    (tmp_path / "parley.toml").write_text("x")
    with pytest.raises(NotEmpty):
        await restore(tmp_path, backup(), [IDENTITY], loaded)
    assert (tmp_path / "parley.toml").read_text() == "x"
