"""Whoever finds a backup reads nothing in it, and whoever restores one notices every change."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pyrage
import pytest

from parley.app.backup import archive
from parley.app.backup.errors import BackupDamaged, BackupFailed, IdentityInvalid, RecipientInvalid
from parley.app.backup.model import Entry, Manifest

IDENTITY = pyrage.x25519.Identity.generate()
OTHER = pyrage.x25519.Identity.generate()
SECRET = b"+4915550001234 from 198.51.100.77"


def written(size: int = 300_000) -> bytes:
    out = io.BytesIO()
    with archive.writing(out, [IDENTITY.to_public()]) as writer:
        writer.add_bytes("secrets/accounts", SECRET)
        writer.add_bytes("database.dump", b"x" * size)
    return out.getvalue()


def read(data: bytes, identity: object = IDENTITY) -> dict[str, bytes]:
    with archive.reading(io.BytesIO(data), [identity]) as members:
        return {name: content.read() for name, content in members}


def test_everything_comes_back() -> None:
    """The owner of the identity gets every byte."""
    assert read(written()) == {"secrets/accounts": SECRET, "database.dump": b"x" * 300_000}


def test_a_stolen_file_says_nothing() -> None:
    """Neither names nor contents stand in it, and another identity does not open it."""
    data = written()
    assert SECRET not in data
    assert b"database.dump" not in data
    assert b"xxxxxxxx" not in data
    with pytest.raises(IdentityInvalid):
        read(data, OTHER)


@pytest.mark.parametrize("kept", [0, 1, 100, 65_000, 66_000, 200_000, -1])
def test_a_file_that_was_cut_short_is_refused(kept: int) -> None:
    """A disk that filled up, or a broken upload, is noticed before anything is restored."""
    with pytest.raises(BackupDamaged):
        read(written()[:kept])


def test_a_changed_byte_is_refused() -> None:
    """Nobody can alter a backup without its identity."""
    data = bytearray(written())
    data[-500] ^= 1
    with pytest.raises(BackupDamaged):
        read(bytes(data))


def test_a_link_is_refused() -> None:
    """A made-up archive cannot make a restore write somewhere else."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        info = tarfile.TarInfo("legal/x")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(BackupDamaged):
        read(pyrage.encrypt(plain.getvalue(), [IDENTITY.to_public()]))


class Full(io.BytesIO):
    """A disk that takes a little and then nothing."""

    def write(self, data: object) -> int:
        if self.tell() > 100_000:
            raise OSError(28, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


def test_a_full_disk_is_reported() -> None:
    """The operator learns that there is no backup."""
    with pytest.raises(BackupFailed, match="space"), archive.writing(Full(), [IDENTITY.to_public()]) as writer:
        writer.add_bytes("database.dump", b"y" * 3_000_000)


def test_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    """A typing error is found before the work begins; remarks in an identity file are fine."""
    with pytest.raises(RecipientInvalid):
        archive.recipients(["age1notakey"])
    for text in ("", "# only a remark\n", "AGE-SECRET-KEY-1NO"):
        with pytest.raises(IdentityInvalid):
            archive.identities(text)
    assert len(archive.identities(f"# created: today\n{IDENTITY}\n")) == 1
    assert archive.recipients([str(IDENTITY.to_public())])


def test_a_manifest_survives_the_way() -> None:
    """What the backup says of itself is read as it was written; anything else is refused."""
    manifest = Manifest("1", "now", 3, False, ("secrets/a",), {"h/log": 16}, 2, {"database.dump": Entry(1, "ab")})
    assert Manifest.from_json(manifest.to_json()) == manifest
    for raw in (b"", b"[]", b'{"format": 1}', b'{"format": 99}'):
        with pytest.raises(BackupDamaged):
            Manifest.from_json(raw)
