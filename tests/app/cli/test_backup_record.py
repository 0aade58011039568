"""Whoever writes a backup for another recipient, or with secrets, leaves a trace that others see."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from parley.storage import audit
from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.app.cli.conftest import Typed


@pytest.mark.parametrize("secrets", [False, True])
async def test_a_backup_and_who_can_read_it_are_on_the_trail(
    typed: Typed, live_dir: Path, tmp_path: Path, secrets: bool
) -> None:
    import asyncio

    recipient = str(pyrage.x25519.Identity.generate().to_public())
    more = ["--with-secrets"] if secrets else []
    await asyncio.to_thread(typed, "backup", str(tmp_path / "copies"), "--recipient", recipient, *more)
    target = running(live_dir)
    assert target is not None
    pools = Pools(target)
    try:
        (entry, *_) = await audit.search(pools.of("staff"), action="backup.written", limit=1)
    finally:
        await pools.close()
    assert entry.detail == {"recipients": [recipient], "secrets": secrets}
    assert entry.actor == "operator:command-line"
