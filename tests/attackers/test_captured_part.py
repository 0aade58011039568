"""Who takes over one process of a divided server gets that part's rights, and runs into walls everywhere else.

The attackers are real system users: each has the files and the database of its part, and tries everything.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from parley.app import dividing, layout
from parley.core.parts import Part
from parley.legal.vault.erasure import ErasureKeys
from parley.storage.part_duties import PART_DUTIES
from parley.storage.pools import Pools
from parley.storage.roles import DUTIES, SUPERUSER, role_name
from parley.storage.target import Target
from tests import system_users
from tests.journeys import divided
from tests.journeys.divided import DividedServer, PartProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = datetime.now(UTC).date().isoformat()
"""A day whose key the server that runs here has no reason to shred."""

#: What each captured part must not read, as statements that its own roles try.
MESSAGES = (
    "messenger.messages",
    "messenger.dialogs",
    "messenger.contacts",
    "messenger.auth_keys",
    "messenger.phones",
)
VAULT = ("vault.records", "vault.day_keys", "vault.hold_records")
ORDERS = ("legal.orders", "legal.tasks", "legal.decisions", "legal.deliveries")
REPORTS = ("safety.snapshots", "safety.reports")
LOG = ("translog.entries", "translog.gags")
FORBIDDEN = {
    Part.MTPROTO: (*VAULT, *ORDERS, *LOG, "staff.sessions"),
    Part.HTTP: (*MESSAGES, *VAULT, *ORDERS, *LOG),
    Part.LEGAL: (*MESSAGES, *REPORTS),
    Part.WORKER: (*MESSAGES, *VAULT, *ORDERS, *REPORTS, "staff.sessions"),
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A divided data directory at a place that every user can walk to."""
    system_users.require()
    with system_users.open_folder() as made:
        dividing.divide(made / "data", NOW)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walled(folder: Path) -> AsyncIterator[DividedServer]:
    """A server as an operator runs it: every part as its own user. It refuses to start where a wall is down."""
    program, env = system_users.program(folder)
    async with divided.running(folder, dev=False, walled=True, program=program, env=env) as server:
        await _fill(server)
        yield server


def _target(server: DividedServer) -> Target:
    return Target(host=str(server.data_dir / layout.SOCKETS))


async def _fill(server: DividedServer) -> None:
    """A person with a message, and a day's key: what the attackers are after."""
    pools = Pools(_target(server))
    made = "INSERT INTO messenger.accounts (account_id, first_name, created_at) VALUES (7, 'Ana', $1)"
    await pools.of("messenger").execute(made, NOW)
    assert await pools.of("messenger").fetchval("SELECT first_name FROM messenger.accounts WHERE account_id = 7")
    await pools.close()
    system_users.as_user(Part.MTPROTO.user, lambda: ErasureKeys(server.data_dir / "erasure").make(DAY).hex())


def _logins(target: Target) -> list[str]:
    """The roles that whoever runs this can log in as."""

    async def tried() -> list[str]:
        found = []
        for role in (*map(role_name, DUTIES), SUPERUSER):
            try:
                conn = await asyncpg.connect(**target.arguments_for(role))
            except (asyncpg.PostgresError, OSError):
                continue
            found.append(role)
            await conn.close()
        return found

    return _alone(tried)


def _readable(target: Target, part: Part, tables: Sequence[str]) -> list[str]:
    """Which tables any role of a part reads."""

    async def tried() -> list[str]:
        found = []
        for duty in PART_DUTIES[part]:
            conn = await asyncpg.connect(**target.arguments(duty))
            for table in tables:
                try:
                    await conn.fetch(f"SELECT * FROM {table} LIMIT 1")
                except asyncpg.PostgresError:
                    continue
                found.append(f"{duty} reads {table}")
            await conn.close()
        return found

    return _alone(tried)


def _alone(work):  # type: ignore[no-untyped-def]
    """Run a coroutine in a child process, whose parent's loop is not its own."""
    asyncio.events._set_running_loop(None)
    return asyncio.new_event_loop().run_until_complete(work())


async def test_a_captured_part_logs_in_as_its_own_duties_and_reads_no_more(walled: DividedServer) -> None:
    """Messages, vault, orders, unopened entries: each lies behind a wall from all parts but those that need it."""
    target = _target(walled)
    for part in Part:
        entered = system_users.as_user(part.user, lambda: _logins(target))
        assert entered == [role_name(duty) for duty in DUTIES if duty in PART_DUTIES[part]], part
    for part, tables in FORBIDDEN.items():
        assert (
            system_users.as_user(part.user, lambda part=part, tables=tables: _readable(target, part, tables)) == []
        )


async def test_a_captured_page_gets_neither_keys_nor_files_of_others(walled: DividedServer) -> None:
    """With the pages' rights nobody reads a key of the days, the log's key, the accounts' keys or the database."""
    data = walled.data_dir
    targets = ["erasure", f"erasure/{DAY}", "log", "log/key", "secrets/accounts", "secrets/server_key.pem",
               "secrets/identity", "secrets/delivery.key", "postgres", "search"]  # fmt: skip
    assert all((data / name).exists() for name in targets), "what the attacker is after is there"
    found = system_users.as_user(Part.HTTP.user, lambda: [n for n in targets if os.access(data / n, os.R_OK)])
    assert found == []
    theirs = system_users.as_user(Part.MTPROTO.user, lambda: [n for n in targets if os.access(data / n, os.R_OK)])
    assert theirs == ["erasure", f"erasure/{DAY}", "secrets/accounts", "secrets/server_key.pem", "search"]


async def test_a_captured_page_cannot_look_into_another_process(walled: DividedServer) -> None:
    """The memory of the part that holds messages, and what it was started with, is not the pages' to read."""
    other = walled.parts[Part.MTPROTO].pid

    def seen() -> list[str]:
        return [name for name in ("mem", "environ", "maps") if _opens(Path(f"/proc/{other}/{name}"))]

    assert system_users.as_user(Part.HTTP.user, seen) == []


def _opens(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


async def test_a_part_under_the_wrong_user_does_not_start(walled: DividedServer) -> None:
    """An operator's mistake is refused at the start, by name, instead of being a hole that nobody sees."""
    right = walled.parts[Part.HTTP]
    await right.stop()
    for user, said in ((Part.MTPROTO.user, "does not let this user log in as parley_staff"), (None, "as root")):
        wrong = PartProcess(Part.HTTP, right.command, right.log.with_name("wrong.log"), right.env, user)
        with pytest.raises(AssertionError):
            await wrong.start()
        assert said in wrong.log.read_text()
        wrong.log.unlink()
    await right.start()


async def test_a_part_that_could_read_anothers_key_does_not_start(walled: DividedServer) -> None:
    """A wrong mode of one file is found by the part that could use it, before it opens a door."""
    right, key = walled.parts[Part.HTTP], walled.data_dir / "secrets" / "accounts"
    await right.stop()
    key.chmod(0o644)
    with pytest.raises(AssertionError):
        await right.start()
    assert "this user can read secrets/accounts" in right.log.read_text()
    key.chmod(0o600)
    await right.start()
