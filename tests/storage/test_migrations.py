"""An operator upgrades without fear: every migration runs once, in order, and none was changed afterwards."""

import asyncio

import pytest

from parley.storage.errors import MigrationError
from parley.storage.migrator import Migration, migrate, migrations
from parley.storage.target import Target


async def test_all_migrations_run_on_an_empty_database_once(empty_target: Target) -> None:
    """Also when several processes start at the same time."""
    rounds = await asyncio.gather(*(migrate(empty_target) for _ in range(3)))
    assert sorted(len(done) for done in rounds) == [0, 0, len(migrations())]


async def test_a_filled_database_takes_the_next_migration(database_target: Target) -> None:
    """A new file runs on a database that holds the older ones, and is noted."""
    new = Migration(9999, "later", "CREATE TABLE policy.later (id int)", "owner")
    assert await migrate(database_target, [*migrations(), new]) == [new]
    assert await migrate(database_target, [*migrations(), new]) == []


async def test_a_changed_migration_is_refused(database_target: Target) -> None:
    """History that was rewritten is noticed before anything runs."""
    first, *rest = migrations()
    changed = Migration(first.number, first.name, first.sql + "\n-- changed", first.duty)
    with pytest.raises(MigrationError, match="was changed"):
        await migrate(database_target, [changed, *rest])


async def test_a_failing_migration_leaves_nothing_behind(database_target: Target) -> None:
    """It runs in one transaction and says which file failed."""
    broken = Migration(9999, "broken", "CREATE TABLE policy.half (id int); SELECT nonsense", "owner")
    with pytest.raises(MigrationError, match="9999_broken"):
        await migrate(database_target, [broken])
    repaired = Migration(9999, "broken", "CREATE TABLE policy.half (id int)", "owner")
    assert await migrate(database_target, [repaired]) == [repaired]
