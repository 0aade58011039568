"""Nobody loses a message that was acknowledged, even when server and database are killed under load."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from parley.core.clock import SystemClock
from parley.core.tasks import Supervisor as Tasks
from parley.messenger.messages.service import build
from parley.storage.database import Database
from parley.storage.embedded import Cluster
from parley.storage.leases import Lease
from parley.storage.pools import Pools
from parley.storage.supervisor import Supervisor
from tests.messenger.messages.message_room import Doors, Ears, OpenGate, Told

WRITER = Path(__file__).with_name("crash_writer.py")
KILLS = 3
ACKNOWLEDGED_BEFORE_KILL = 400

Acknowledged = tuple[int, int, int]


def run_and_kill(data_dir: Path, first: int) -> list[Acknowledged]:
    """One life of the server: what it acknowledged until it and its database were killed."""
    command = [sys.executable, str(WRITER), str(data_dir), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in range(ACKNOWLEDGED_BEFORE_KILL)]
            postmaster = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            os.kill(postmaster, signal.SIGKILL)
        finally:
            child.kill()
        rest = child.communicate()[0].splitlines(keepends=True)
    whole = [line.split() for line in [*lines, *rest] if line.endswith("\n")]
    return [(int(number), int(sender), int(receiver)) for number, sender, receiver in whole]


async def copies(database: Database, box: int, random_id: int, sender: int) -> int:
    found = await database.fetchval(
        "SELECT count(*) FROM messenger.messages WHERE box_id = $1 AND sender_id = $2 AND random_id = $3",
        box, sender, random_id,
    )  # fmt: skip
    return int(found)


async def test_killing_everything_under_load_loses_nothing(tmp_path: Path) -> None:
    """Every acknowledged message lies in both boxes exactly once, and no box has a gap in its pts."""
    acknowledged: list[Acknowledged] = []
    for life in range(KILLS):
        acknowledged += run_and_kill(tmp_path, 1 + life * 1_000_000)
    supervisor = Supervisor(Cluster(tmp_path))
    pools = Pools(await supervisor.start())
    database = pools.of("messenger")
    async with Tasks() as tasks:
        doors, ears = Doors(), Ears()
        messages = build(
            database, tasks, SystemClock(), lease=Lease(pools.of("outbox"), "sweep"),
            gate=OpenGate(), blocks=doors, rights=doors, authors=doors, sink=ears, posts=ears, events=Told(),
        )  # fmt: skip
        while await messages.relay.sweep(timedelta()):
            await messages.relay.settle()
        await messages.close()
    assert len(acknowledged) >= KILLS * ACKNOWLEDGED_BEFORE_KILL
    for number, sender, receiver in acknowledged:
        for box in {sender, receiver}:
            assert await copies(database, box, number, sender) == 1, (number, sender, receiver, box)
    gaps = await database.fetch(
        "SELECT box_id FROM (SELECT box_id, pts - pts_count AS before,"
        " lag(pts, 1, 1) OVER (PARTITION BY box_id ORDER BY pts) AS reached FROM messenger.events) e"
        " WHERE before <> reached"
    )
    assert not gaps
    assert await database.fetchval("SELECT count(*) FROM messenger.relays") == 0
    await pools.close()
    await supervisor.stop()
