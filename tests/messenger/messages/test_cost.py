"""A warm private message costs two function calls and no SELECT on any table."""

import asyncio

import pytest

from parley.storage.database import Database
from tests.messenger.messages.message_room import ALICE, BOB, Room


async def test_a_warm_private_message_reads_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """One append in the sender's box, one in the receiver's, and the relay's row forgotten later."""
    await room.send(ALICE, BOB, "warm-up")
    await room.settle()
    said: list[str] = []
    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        real = getattr(Database, name)

        def spy(self: Database, sql: str, *args: object, _real: object = real) -> object:
            said.append(sql)
            return _real(self, sql, *args)  # type: ignore[operator]

        monkeypatch.setattr(Database, name, spy)
    await room.send(ALICE, BOB, "warm")
    await room.settle()
    calls = [sql for sql in said if "relays_done" not in sql]
    assert len(calls) == 2
    assert all(sql.startswith("SELECT messenger.append_messages(") for sql in calls)


async def test_a_thousand_messages_share_commits(room: Room) -> None:
    """Both boxes' writers batch by themselves when much is going on."""
    await asyncio.gather(*(room.send(ALICE, BOB, str(number)) for number in range(500)))
    await room.settle()
    assert room.messages.sending._writer.batches < 20
    assert await room.db.fetchval("SELECT count(*) FROM messenger.messages") == 1000
