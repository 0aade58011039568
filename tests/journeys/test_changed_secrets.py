"""An operator changes the accounts key and the server's key on a real server: people stay signed in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.server_process import parley
from tests.journeys.waiting import until

ANA, BEN = "+4915550007801", "+4915550007802"


@pytest.mark.timeout(600)
async def test_people_stay_signed_in_while_keys_change(tmp_path: Path) -> None:
    async with server_process.running(tmp_path / "data") as first:
        ana = await telethon_person.sign_up(first, ANA, "Ana")
        for name in ("accounts", "server"):
            code, said = await parley("secrets", "rotate", name, "--data-dir", str(first.data_dir))
            assert code == 0, said
            assert "Restart" in said
    old = first.data_dir / "secrets" / "accounts.old"
    assert old.exists()

    async with server_process.running(
        tmp_path / "data", mtproto_port=first.mtproto_port, http_port=first.http_port
    ) as second:
        assert (await ana.get_me()).phone == ANA[1:]
        await until(lambda: not old.exists(), what="the destruction of the old key")
        ben = await telethon_person.sign_up(first, BEN, "Ben")  # his client still ships the first key
        assert (await ben.get_me()).phone == BEN[1:]
        assert first.pem != second.pem
        await ben.disconnect()
        await ana.disconnect()
