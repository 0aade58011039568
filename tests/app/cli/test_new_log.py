"""On a divided server a new log begins while nobody else signs, and its signer goes on right afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.app.cli import new_log
from parley.core.clock import SystemClock
from parley.core.errors import ConfigurationError
from parley.core.settings import Settings
from parley.legal.translog import store
from parley.legal.translog.service import Translog
from parley.storage.leases import Lease
from parley.storage.pools import Pools

BASE = "chat.example.org/parley-log"


@pytest.fixture
async def settings(pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A divided server, without its users, whose first log has begun."""
    monkeypatch.setattr(new_log.layout, "is_divided", lambda data_dir: True)
    await Translog(pools.of("log"), SystemClock(), tmp_path / "log", BASE, leaves=16).open()
    return Settings(data_dir=tmp_path)


def signers(pools: Pools) -> Lease:
    """What the part `worker` signs under."""
    return Lease(pools.of("log"), "log/public log")


async def test_the_signer_goes_on_right_after_a_new_log(pools: Pools, settings: Settings) -> None:
    """Whoever starts the part again does not wait for a lease that nobody needs."""
    assert await new_log._begin(settings, pools, "the disk was lost") == 0
    current = await store.current_log(pools.of("log"))
    assert current is not None
    assert current.origin == f"{BASE}/2"
    assert await signers(pools).hold()


async def test_a_log_that_somebody_signs_stays(pools: Pools, settings: Settings) -> None:
    """Two signers would show two histories; a command that was refused, or failed, keeps nobody from signing."""
    worker = signers(pools)
    assert await worker.hold()
    with pytest.raises(ConfigurationError, match="stop the part `worker` first"):
        await new_log._begin(settings, pools, "too early")
    assert await worker.hold()
    await worker.release()
    (settings.data_dir / "log" / "signed.json").write_text("x")
    with pytest.raises(Exception, match="damaged"):
        await new_log._begin(settings, pools, "cannot be done")
    assert await signers(pools).hold()
