"""An operator changes the accounts key and the server's key on a real server: people stay signed in."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.waiting import until

ANA, BEN = "+4915550007801", "+4915550007802"
PARLEY = str(Path(sys.executable).with_name("parley"))


async def parley(data_dir: Path, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        PARLEY, *arguments, "--data-dir", str(data_dir), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


@pytest.mark.timeout(180)
async def test_people_stay_signed_in_while_keys_change(tmp_path: Path) -> None:
    first = await server_process.start(tmp_path / "data")
    ana = await telethon_person.sign_up(first, ANA, "Ana")
    for name in ("accounts", "server"):
        assert "Restart" in await parley(first.data_dir, "secrets", "rotate", name)
    assert await first.stop() == 0
    old = first.data_dir / "secrets" / "accounts.old"
    assert old.exists()

    second = await server_process.start(
        tmp_path / "data", mtproto_port=first.mtproto_port, http_port=first.http_port
    )
    try:
        assert (await ana.get_me()).phone == ANA[1:]
        await until(lambda: not old.exists(), what="the destruction of the old key")
        ben = await telethon_person.sign_up(first, BEN, "Ben")  # his client still ships the first key
        assert (await ben.get_me()).phone == BEN[1:]
        assert first.pem != second.pem
        await ben.disconnect()
        await ana.disconnect()
    finally:
        assert await second.stop() == 0
