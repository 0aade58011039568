"""A file that was sent can be fetched again, whole or in parts, and is stored once."""

import hashlib
from pathlib import Path

import pytest

from parley.storage.blobs import local_blobs
from parley.storage.errors import BlobMissing


async def test_a_file_comes_back_whole_and_in_parts(tmp_path: Path) -> None:
    """The name is the SHA-256; a range beyond the end is cut off there."""
    blobs, content = local_blobs(tmp_path / "blobs"), bytes(range(256)) * 40
    digest = await blobs.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert await blobs.get(digest) == content
    assert await blobs.get_range(digest, 100, 50) == content[100:150]
    assert await blobs.get_range(digest, len(content) - 5, 50) == content[-5:]
    assert await blobs.get_range(digest, len(content), 50) == b""
    assert await blobs.size(digest) == len(content)


async def test_the_same_file_twice_takes_its_place_once(tmp_path: Path) -> None:
    """From memory or from a path, equal bytes are one blob."""
    blobs, source = local_blobs(tmp_path / "blobs"), tmp_path / "upload"
    source.write_bytes(b"same")
    assert await blobs.put(b"same") == await blobs.put(source)
    assert [digest async for digest in blobs.all()] == [hashlib.sha256(b"same").hexdigest()]


async def test_a_deleted_or_invented_file_is_missing(tmp_path: Path) -> None:
    """Also when the name tries to leave the folder."""
    blobs = local_blobs(tmp_path / "blobs")
    digest = await blobs.put(b"gone")
    await blobs.delete(digest)
    await blobs.delete(digest)
    for name in (digest, "../../etc/passwd", "A" * 64):
        with pytest.raises(BlobMissing):
            await blobs.get(name)
