"""An order's PDF is built to break its reader: it harms that process alone, within limits, and reaches nobody."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parley.legal.orders import pdf
from parley.legal.orders.errors import DocumentInvalid
from parley.legal.orders.rules import MAX_PDF
from tests import signed_pdf
from tests.journeys.waiting import until

MIB = 1024 * 1024
ENDLESS = b"%PDF-1.7\n" + b"[" * (MAX_PDF // 2)
"""A reader takes some seconds for it."""


def bomb(unpacked: int) -> bytes:
    """A PDF whose table of objects is a stream of zeros that unpacks to `unpacked` bytes."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(unpacked // MIB)) + packer.flush()
    head = b"%PDF-1.7\n"
    fields = b"/Type/XRef/Size 9/W[1 8 8]/Root 1 0 R/Filter/FlateDecode/Length %d" % len(packed)
    body = b"9 0 obj<<" + fields + b">>stream\n" + packed + b"\nendstream endobj\n"
    return head + body + b"startxref\n%d\n%%%%EOF" % len(head)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody on this machine who waits to be called."""
    with socket.socket() as waiting:
        waiting.bind(("127.0.0.1", 0))
        waiting.listen()
        waiting.setblocking(False)
        yield waiting


async def sentence(document: bytes) -> str:
    """What a person at the desk reads about it."""
    try:
        report = await pdf.read(document)
    except DocumentInvalid as refused:
        return str(refused)
    assert not report.valid
    return " ".join(report.faults)


def taken_over(code: str) -> subprocess.CompletedProcess[bytes]:
    """Run code with the limits of the reader, as if a document had taken it over."""
    return subprocess.run(
        [sys.executable, "-I", "-c", code], preexec_fn=pdf._limit, env={}, capture_output=True, check=False
    )


async def test_a_document_that_unpacks_to_gigabytes_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_MEMORY", 256 * MIB)
    document = bomb(700 * MIB)
    assert len(document) < MAX_PDF
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert await sentence(document)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, (
        "the server itself took no memory"
    )


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    """The processes that were started to read a document."""
    started: list[asyncio.subprocess.Process] = []
    real = asyncio.create_subprocess_exec

    async def watched(*arguments: str, **options: Any) -> asyncio.subprocess.Process:
        started.append(await real(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    return started


async def test_a_document_that_never_ends_is_stopped(
    readers: list[asyncio.subprocess.Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_WALL_S", 0.2)
    assert "too long" in await sentence(ENDLESS)
    assert [reader.returncode for reader in readers] == [-signal.SIGKILL]


async def test_nothing_goes_on_reading_for_somebody_who_has_gone_away(
    readers: list[asyncio.subprocess.Process],
) -> None:
    reading = asyncio.create_task(pdf.read(ENDLESS))
    await until(lambda: readers, what="the reader")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [reader.returncode for reader in readers] == [-signal.SIGKILL]


def test_the_reader_has_little_memory_and_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken_over(f"bytearray({pdf._MEMORY})").returncode == 1
    monkeypatch.setattr(pdf, "_CPU_S", 1)
    assert taken_over("while True: pass").returncode < 0


def test_the_reader_writes_no_file_and_opens_few(tmp_path: Path) -> None:
    loot = tmp_path / "loot"
    taken_over(f"open({str(loot)!r}, 'w').write('something')")
    assert not loot.exists() or loot.read_bytes() == b""
    assert b"Too many open files" in taken_over("fs = [open('/dev/null') for _ in range(100)]").stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="the kernel does not count processes of root")
def test_the_reader_starts_no_process() -> None:
    assert taken_over("import os; os.fork()").returncode == 1


async def test_addresses_in_a_certificate_are_never_called(listener: socket.socket, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/revoked"
    court = signed_pdf.court(calls=url)
    document = await court.sign("Order to disclose")
    (tmp_path / "root.pem").write_bytes(court.root_pem)
    report = await pdf.read(document, [tmp_path / "root.pem"])
    assert report.valid
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_even_a_reader_that_was_taken_over_reaches_nobody(listener: socket.socket) -> None:
    if taken_over("import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x50000000) != 0)").returncode:
        pytest.skip("this system gives no process a network of its own")
    connect = f"import _socket; s = _socket.socket(); s.connect(('127.0.0.1', {listener.getsockname()[1]}))"
    ended = taken_over(f"from parley.legal.orders import pdf_reader as r; r._cut_off(); {connect}")
    assert b"Network is unreachable" in ended.stderr
    with pytest.raises(BlockingIOError):
        listener.accept()


async def test_the_reader_gets_nothing_of_the_servers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_PASSWORD", "a secret")
    seen: dict[str, object] = {}
    real = asyncio.create_subprocess_exec

    async def watched(*arguments: str, **options: object) -> asyncio.subprocess.Process:
        seen.update(options)
        return await real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    await sentence(b"%PDF-1.7 nothing")
    assert seen["env"] == {}
