"""Keys of the days that are copied, too few custodians and a log that nobody watches are found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from parley.app.cli.walls_of_the_vault import SYNCED, of_copies, of_watchers
from parley.core.clock import ManualClock
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.vault.erasure import ErasureKeys
from parley.storage.pools import Pools
from parley.storage.target import Target

KEY = SignerKey("witness.example/anna", COSIGNATURE_V1, bytes(32))


@pytest.mark.parametrize("mark", sorted(SYNCED))
def test_keys_of_the_days_in_a_folder_that_is_copied_are_found(tmp_path: Path, mark: str) -> None:
    """What is copied elsewhere does not end when its file is deleted."""
    data = tmp_path / "data"
    ErasureKeys(data / "erasure").make("2026-11-26")
    assert not [finding for finding in of_copies(data) if finding.down]
    (tmp_path / mark).mkdir()
    (finding,) = [finding for finding in of_copies(data) if finding.down]
    assert finding.text.endswith(f"has {SYNCED[mark]}")


def test_a_key_of_a_day_with_a_second_name_is_found(tmp_path: Path) -> None:
    """A backup by hard links keeps the key after its day."""
    ErasureKeys(tmp_path / "erasure").make("2026-11-26")
    (tmp_path / "backup").hardlink_to(tmp_path / "erasure" / "2026-11-26")
    assert any("second name" in finding.text for finding in of_copies(tmp_path) if finding.down)


def test_snapshots_of_the_file_system_are_pointed_out(tmp_path: Path) -> None:
    """They may keep the keys; the operator looks."""
    (tmp_path / ".snapshots").mkdir()
    assert any("snapshots" in finding.text for finding in of_copies(tmp_path / "data") if not finding.down)


async def _custodians(pools: Pools, clock: ManualClock, number: int) -> None:
    for one in range(1, number + 1):
        key = bytes([one]) * 32
        await pools.of("legal").execute(
            "INSERT INTO vault.custodians"
            " (number, custodian_id, name, seal_key, sign_key, cosigner, first_day, joined_at)"
            " VALUES ($1, $2, $2, $3, $3, $2, $4, $5)",
            one, f"c{one}", key, clock.now().date(), clock.now(),
        )  # fmt: skip


async def test_fewer_than_two_custodians_are_pointed_out(database_target: Target, clock: ManualClock) -> None:
    """Until two are enrolled no address is kept, which the operator may not have noticed."""
    found = await of_watchers(database_target, clock.now())
    assert "0 custodians: no address is kept before there are two" in [finding.text for finding in found]
    assert not any(finding.down for finding in found)


async def test_a_log_that_nobody_outside_cosigns_is_found(
    database_target: Target, pools: Pools, clock: ManualClock
) -> None:
    """As soon as addresses are kept, somebody outside has to keep the log to one history."""
    await _custodians(pools, clock, 2)
    (finding,) = await of_watchers(database_target, clock.now())
    assert finding.down
    assert finding.text.startswith("nobody outside cosigns the public log")


async def test_a_witness_that_has_fallen_silent_is_found(
    database_target: Target, pools: Pools, clock: ManualClock
) -> None:
    """A witness that runs no more watches nobody, and releases wait for it in vain."""
    await _custodians(pools, clock, 2)
    await Witnesses(pools.of("log"), clock).register(str(KEY.verifier), "staff:root")
    assert await of_watchers(database_target, clock.now() + timedelta(hours=47)) == []
    (finding,) = await of_watchers(database_target, clock.now() + timedelta(hours=49))
    assert (finding.down, finding.text) == (True, f"the witness {KEY.name} has cosigned nothing for two days")
