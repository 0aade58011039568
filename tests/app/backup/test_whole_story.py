"""A server is lost, and another one starts from its backup: people, messages and staff are there again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pyrage
import pytest

from parley.legal.vault.erasure import ErasureKeys
from parley.storage.binaries import installation, run_as
from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.server_process import Start

PHONE = "+4915550007531"
TEXT = "see you at the harbour"


async def parley(*arguments: str, code: int = 0) -> str:
    """Run a command as an operator would; what it printed."""
    ended, said = await server_process.parley(*arguments)
    assert ended == code, said
    return said


async def dumped_as_text(file: Path) -> str:
    """The rows of a copy of the database as plain SQL."""
    program = installation(run_as()) / "bin" / "pg_restore"
    process = await asyncio.create_subprocess_exec(
        str(program), "--file=-", str(file), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode()


@pytest.fixture
async def start_server() -> AsyncIterator[Start]:
    """Starts servers that a test ends itself; what still runs when it is over, or has failed, is killed."""
    async with server_process.starting() as start:
        yield start


@pytest.mark.timeout(600)
async def test_a_lost_server_comes_back(tmp_path: Path, start_server: Start) -> None:
    """A whole life: sign up, back up beside the running server, lose everything, restore, go on."""
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"{identity}\n")
    server = await start_server(tmp_path / "first")
    person = await telethon_person.sign_up(server, PHONE, "Ana")
    await person.send_message("me", TEXT)
    await parley("staff", "add", "Cleo", "--role", "admin", "--data-dir", str(server.data_dir))
    day = "2026-11-22"
    ErasureKeys(server.data_dir / "erasure").make(day)
    made = await parley(
        "backup", str(tmp_path / "copies"), "--with-secrets", "--recipient", str(identity.to_public()),
        "--data-dir", str(server.data_dir),
    )  # fmt: skip
    assert "WARNING" not in made, "every part of a server's data directory is known to the backup"
    (file,) = (tmp_path / "copies").glob("*")
    assert file.stat().st_mode & 0o777 == 0o600
    for plain in (PHONE, PHONE[1:], TEXT, "Ana", "Cleo", "127.0.0.1"):
        assert plain.encode() not in file.read_bytes()
    session = person.session.save()
    await person.disconnect()
    assert await server.stop() == 0
    second = tmp_path / "second"
    said = await parley(
        "restore", str(tmp_path / "copies"), "--identity", str(tmp_path / "identity"), "--data-dir", str(second)
    )
    assert "Erasure keys are in no backup" in said
    assert ErasureKeys(second / "erasure").names() == ()
    await parley("restore", str(file), "--identity", str(tmp_path / "identity"), "--data-dir", str(second), code=1)
    assert "localhost/parley-log/2" in await parley(
        "new-log", "--reason", "the disk was lost", "--data-dir", str(second)
    )
    again = await start_server(second, mtproto_port=server.mtproto_port)
    assert again.pem == server.pem, "clients recognize the server"
    back = telethon_person.client(again, session)
    await back.connect()
    assert (await back.get_me()).phone == PHONE[1:], "the session still holds and the number can be read"
    (newest,) = await back.get_messages("me", limit=1)
    assert newest.message == TEXT
    assert "Cleo\tadmin" in await parley("staff", "list", "--data-dir", str(second))
    await back.disconnect()
    assert await again.stop() == 0
    assert "CRITICAL" not in again.log.read_text()


@pytest.mark.timeout(600)
async def test_a_backup_without_secrets_gives_no_number(tmp_path: Path, start_server: Start) -> None:
    """Even its owner reads no phone number in it, and the restored server waits for the missing secrets."""
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"{identity}\n")
    server = await start_server(tmp_path / "first")
    person = await telethon_person.sign_up(server, PHONE, "Ana")
    await person.disconnect()
    assert await server.stop() == 0
    where = ["--data-dir", str(server.data_dir)]
    await parley("backup", str(tmp_path / "copies"), "--recipient", str(identity.to_public()), *where)
    (file,) = (tmp_path / "copies").glob("*")
    members = _members(file, identity)
    assert {name.partition("/")[0] for name in members} == {"database.dump", "manifest.json"}
    (tmp_path / "plain").write_bytes(members["database.dump"])
    text = await dumped_as_text(tmp_path / "plain")
    assert "Ana" in text
    assert PHONE[1:] not in text
    second = ["--data-dir", str(tmp_path / "second")]
    said = await parley("restore", str(file), "--identity", str(tmp_path / "identity"), *second)
    assert "Secrets were not in this backup" in said
    assert "accounts is empty" in await parley("doctor", *second, code=1)
    refused = await parley("serve", "--dev", "--mtproto-port", "0", "--http-port", "0", *second, code=1)
    assert "the secret" in refused


def _members(file: Path, identity: object) -> dict[str, bytes]:
    from parley.app.backup import archive

    with file.open("rb") as source, archive.reading(source, [identity]) as members:
        return {name: content.read() for name, content in members}
