"""The form of a backup: a tar stream inside an age file, written and read in bounded memory.

age authenticates every 64 KiB and marks the last chunk, so a file that was cut short or changed does not decrypt.
The plain stream exists only in a pipe between two threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import pyrage  # type: ignore[import-untyped]

from parley.app.backup.errors import BackupDamaged, BackupFailed, IdentityInvalid, RecipientInvalid
from parley.app.backup.model import Entry

CHUNK: Final = 1 << 20


def recipients(lines: Sequence[str]) -> list[Any]:
    """Read public keys (`age1…`, or of SSH).

    Raises:
        RecipientInvalid: one is none.
    """
    return [_recipient(line.strip()) for line in lines]


def _recipient(text: str) -> Any:
    with contextlib.suppress(pyrage.RecipientError):
        if text.startswith("ssh-"):
            return pyrage.ssh.Recipient.from_str(text)
        return pyrage.x25519.Recipient.from_str(text)
    raise RecipientInvalid("a recipient is a public key such as age1…; make a pair with `age-keygen`")


def identities(text: str) -> list[Any]:
    """Read an identity file of `age-keygen`; lines with `#` are remarks.

    Raises:
        IdentityInvalid: there is none in it.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        if lines and lines[0].startswith("-----BEGIN"):
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines]
    except (pyrage.IdentityError, ValueError) as error:
        raise IdentityInvalid("this is no age identity (AGE-SECRET-KEY-1…)") from error
    if not found:
        raise IdentityInvalid("the identity file is empty")
    return found


class _Pump:
    """Runs one half of a pipe in a thread and remembers why it failed."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="age", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.failure = error

    def join(self) -> None:
        self._thread.join()


class Writer:
    """Adds members to an archive that is being encrypted, and keeps their digests."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add_file(self, name: str, path: Path) -> Entry:
        """Add a file, read once."""
        with path.open("rb") as source:
            return self._add(name, source, os.fstat(source.fileno()).st_size)

    def add_bytes(self, name: str, content: bytes) -> Entry:
        """Add some bytes."""
        return self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, source: IO[bytes], size: int) -> Entry:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashing = _Hashing(source)
        self._tar.addfile(info, hashing)
        return Entry(size, hashing.digest.hexdigest())


class _Hashing:
    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data


@contextlib.contextmanager
def writing(output: IO[bytes], keys: Sequence[Any]) -> Iterator[Writer]:
    """Write an archive to `output`, encrypted for every one of `keys`. It is whole only if the block ends well.

    Raises:
        BackupFailed: it could not be written, for instance because a disk is full.
    """
    read_end, write_end = os.pipe()
    source = os.fdopen(read_end, "rb")

    def encrypt() -> None:
        with source:
            pyrage.encrypt_io(source, output, list(keys))

    pump = _Pump(encrypt)
    try:
        with (
            os.fdopen(write_end, "wb") as sink,
            tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT, bufsize=CHUNK) as tar,
        ):
            yield Writer(tar)
    except BrokenPipeError:
        pump.join()
        raise _unwritten(pump.failure) from None
    finally:
        pump.join()
    if pump.failure is not None:
        raise _unwritten(pump.failure)


def _unwritten(failure: BaseException | None) -> BackupFailed:
    return BackupFailed(f"the backup could not be written: {failure}")


@contextlib.contextmanager
def reading(source: IO[bytes], keys: Sequence[Any]) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Read an archive member by member; each must be read before the next one is asked for.

    Raises:
        IdentityInvalid: none of `keys` opens it.
        BackupDamaged: it was cut short or changed, or holds something else than files.
    """
    read_end, write_end = os.pipe()

    def decrypt() -> None:
        with os.fdopen(write_end, "wb") as sink:
            pyrage.decrypt_io(source, sink, list(keys))

    pump = _Pump(decrypt)
    try:
        with os.fdopen(read_end, "rb") as plain:
            try:
                with tarfile.open(fileobj=plain, mode="r|", bufsize=CHUNK) as tar:
                    yield _members(tar)
                _drain(plain)
            except (tarfile.TarError, EOFError) as error:
                _drain(plain)
                pump.join()
                raise _damage(pump.failure) from error
    finally:
        pump.join()
    if pump.failure is not None:
        raise _damage(pump.failure)


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for info in tar:
        content = tar.extractfile(info) if info.isreg() else None
        if content is None:
            raise BackupDamaged("the backup holds something else than files")
        yield info.name, content


def _drain(plain: IO[bytes]) -> None:
    while plain.read(CHUNK):
        pass


def _damage(failure: BaseException | None) -> BaseException:
    if isinstance(failure, pyrage.DecryptError):
        said = str(failure).lower()
        if "no matching keys" in said or "identit" in said:
            return IdentityInvalid("this identity does not open the backup")
        return BackupDamaged("the backup was cut short or changed")
    if isinstance(failure, OSError) or failure is None:
        return BackupDamaged("the backup was cut short or changed")
    return failure
