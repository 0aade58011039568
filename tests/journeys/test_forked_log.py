"""When the public log cannot be continued, people go on writing to each other, and the operator hears of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.waiting import until


async def test_a_forked_log_stops_nothing_else(tmp_path: Path) -> None:
    async with server_process.running(tmp_path / "data") as server, server.visitor() as http:
        assert (await http.get("/healthz")).json()["checks"]["public_log"] is True
    memory = tmp_path / "data" / "log" / "signed.json"
    _pretend_more_was_signed(memory)

    async with server_process.running(tmp_path / "data") as server:
        async with server.visitor() as http:
            health = await http.get("/healthz")
            assert health.status_code == 503
            assert health.json()["checks"] == {"database": True, "public_log": False}
            moved = await http.post("/dev/clock", json={"advance_s": 7200})
            assert moved.status_code == 200
            assert (await http.get("/transparency/log/checkpoint")).text.split("\n")[1] == "0"
        alice = await telethon_person.sign_up(server, "+4915550000001", "Alice")
        await alice.send_message("me", "still here")
        assert await until(lambda: alice.get_messages("me", limit=1))
        await alice.disconnect()
    assert "the public log is not continued" in server.log.read_text()


def _pretend_more_was_signed(memory: Path) -> None:
    """As after a restore of an old database: the signer remembers more leaves than there are."""
    state = json.loads(memory.read_text())
    origin = next(iter(state))
    state[origin]["size"] = 160
    memory.write_text(json.dumps(state))
