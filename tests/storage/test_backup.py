"""After a disk is lost, an operator starts again from a copy; rows, owners and walls are as they were."""

import stat
from pathlib import Path

import asyncpg
import pytest

from parley.core.clock import ManualClock
from parley.storage import audit, backup
from parley.storage.embedded import Cluster
from parley.storage.errors import StorageError
from parley.storage.migrator import migrate
from parley.storage.pools import Pools
from parley.storage.supervisor import Supervisor, running


async def test_a_copy_makes_a_whole_server_again(tmp_path: Path, clock: ManualClock) -> None:
    """Everything comes back, the audit chain holds, the roles keep their limits, no migration is left to run."""
    first = Supervisor(Cluster(tmp_path / "first"))
    target = await first.start()
    await migrate(target)
    pools = Pools(target)
    await audit.record(pools.of("safety"), clock.now(), "staff:ana", "case.decided", "case:1", {"text": "ünï"})
    await pools.of("messenger").execute("INSERT INTO messenger.boxes (box_id, pts) VALUES (7, 42)")
    file = tmp_path / "copy.dump"
    await backup.dump(target, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await pools.close()
    await first.stop()
    await backup.restore(tmp_path / "second", file)
    second = Supervisor(Cluster(tmp_path / "second"))
    target = await second.start()
    assert await migrate(target) == []
    pools = Pools(target)
    assert await pools.of("messenger").fetchval("SELECT pts FROM messenger.boxes WHERE box_id = 7") == 42
    assert [entry.detail for entry in await audit.search(pools.of("staff"))] == [{"text": "ünï"}]
    assert await audit.first_breach(pools.of("legal")) is None
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pools.of("legal").execute("SELECT * FROM messenger.messages")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(**target.arguments_for("parley_cluster"))
    await pools.close()
    await second.stop()
    with pytest.raises(StorageError, match="holds a database already"):
        await backup.restore(tmp_path / "second", file)


async def test_a_command_finds_the_running_database(tmp_path: Path) -> None:
    """It works beside the live server; when none runs it learns that too."""
    assert running(tmp_path) is None
    supervisor = Supervisor(Cluster(tmp_path))
    await supervisor.start()
    target = running(tmp_path)
    assert target is not None
    conn = await asyncpg.connect(**target.arguments("staff"))
    assert await conn.fetchval("SELECT current_user::text") == "parley_staff"
    await conn.close()
    await supervisor.stop()
    assert running(tmp_path) is None
