"""Files by their content: the SHA-256 of the bytes is the name. They lie on a local disk; other stores fit in."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore

from parley.storage.errors import BlobMissing

Digest = str
"""SHA-256 in 64 hexadecimal digits."""


class Blobs(Protocol):
    """A place for immutable files."""

    async def put(self, content: bytes | Path) -> Digest:
        """Store bytes, or the file at a path; it is durable when this returns."""
        ...

    async def get(self, digest: Digest) -> bytes:
        """The whole content. Raises BlobMissing."""
        ...

    async def get_range(self, digest: Digest, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset`` on; none when the offset lies at or behind the end."""
        ...

    async def size(self, digest: Digest) -> int:
        """The length in bytes. Raises BlobMissing."""
        ...

    async def delete(self, digest: Digest) -> None:
        """Remove the content; a missing one is fine."""
        ...


class ObjectBlobs:
    """Blobs in a store of obstore's over the local folder ``root``, whose writes are fsynced."""

    def __init__(self, store: ObjectStore, root: Path) -> None:
        self._store = store
        self._root = root

    async def put(self, content: bytes | Path) -> Digest:
        """See Blobs."""
        digest = await asyncio.to_thread(_digest, content)
        path = _path(digest)
        if await self._has(path, await asyncio.to_thread(_length, content)):
            return digest
        await obstore.put_async(self._store, path, content)
        await asyncio.to_thread(_sync, self._root / path, self._root)
        return digest

    async def get(self, digest: Digest) -> bytes:
        """See Blobs."""
        try:
            found = await obstore.get_async(self._store, _path(digest))
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as missing:
            raise BlobMissing(digest) from missing

    async def get_range(self, digest: Digest, offset: int, length: int) -> bytes:
        """See Blobs."""
        end = min(offset + length, await self.size(digest))
        if end <= offset:
            return b""
        part = await obstore.get_range_async(self._store, _path(digest), start=offset, end=end)
        return bytes(part)

    async def size(self, digest: Digest) -> int:
        """See Blobs."""
        try:
            return int((await obstore.head_async(self._store, _path(digest)))["size"])
        except (NotFoundError, FileNotFoundError) as missing:
            raise BlobMissing(digest) from missing

    async def delete(self, digest: Digest) -> None:
        """See Blobs."""
        with suppress(NotFoundError, FileNotFoundError):
            await obstore.delete_async(self._store, _path(digest))

    async def all(self) -> AsyncIterator[Digest]:
        """Every digest that is stored, for clean-up and backup."""
        stream = obstore.list(self._store)
        async for chunk in stream:
            for meta in chunk:
                yield meta["path"].rpartition("/")[2]

    async def _has(self, path: str, length: int) -> bool:
        """Whether it is there in full: a power cut can leave a shorter one that nobody was told of."""
        try:
            return bool((await obstore.head_async(self._store, path))["size"] == length)
        except (NotFoundError, FileNotFoundError):
            return False


def local_blobs(folder: Path) -> ObjectBlobs:
    """Blobs in a folder of this machine, made with mode 0700."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return ObjectBlobs(LocalStore(folder), folder)


def _digest(content: bytes | Path) -> Digest:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _length(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _path(digest: Digest) -> str:
    if len(digest) != 64 or not all(digit in "0123456789abcdef" for digit in digest):
        raise BlobMissing(digest)
    return f"{digest[:2]}/{digest}"


def _sync(file: Path, root: Path) -> None:
    """Make the file, its name and its folder's name survive a power cut."""
    for path in (file, file.parent, root):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
