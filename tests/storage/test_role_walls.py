"""A captured or mistaken part of the server cannot act as another part."""

import asyncpg
import pytest

from parley.storage import outbox
from parley.storage.pools import Pools
from parley.storage.roles import DUTIES, Duty, role_name

GAG = "INSERT INTO translog.gags (order_ref, until, recorded_at) VALUES ('x', now(), now())"
SWITCHES = [
    (a, b) for a in ("messenger", "legal", "seal", "safety") for b in ("legal", "messenger", "owner") if a != b
]


async def test_a_user_trusts_that_the_desk_cannot_read_messages(pools: Pools) -> None:
    """The legal role has no right on any table of the messenger."""
    tables = await pools.of("owner").fetch(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'messenger' AND c.relkind IN ('r', 'p')"
    )
    for table in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pools.of("legal").execute(f"SELECT * FROM messenger.{table['relname']}")


@pytest.mark.parametrize("duty", ["messenger", "safety", "economy", "staff", "log", "outbox"])
async def test_a_user_trusts_that_the_messenger_cannot_read_the_vault(pools: Pools, duty: Duty) -> None:
    """No role but the desk's may even enter the vault's schema."""
    allowed = await pools.of(duty).fetchval("SELECT has_schema_privilege(current_user, 'vault', 'USAGE')")
    assert not allowed


@pytest.mark.parametrize(("duty", "other"), SWITCHES)
async def test_nobody_switches_sides(pools: Pools, duty: Duty, other: Duty) -> None:
    """Neither SET ROLE nor SET SESSION AUTHORIZATION leads from one duty to another."""
    for statement in ("SET ROLE", "SET SESSION AUTHORIZATION"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pools.of(duty).execute(f"{statement} {role_name(other)}")


async def test_an_auditor_finds_each_duty_alone(pools: Pools) -> None:
    """Every duty logs in as itself, none is a superuser or a member of another."""
    for duty in DUTIES:
        assert await pools.of(duty).fetchval("SELECT current_user::text") == role_name(duty)
    memberships = await pools.of("owner").fetch(
        "SELECT r.rolname AS role, m.rolname AS member FROM pg_auth_members a"
        " JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member WHERE m.rolname LIKE 'parley\\_%'"
    )
    assert [tuple(row) for row in memberships] == [("pg_read_all_data", "parley_backup")]
    strong = "SELECT count(*) FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolcreaterole OR rolbypassrls)"
    assert await pools.of("owner").fetchval(strong, [role_name(duty) for duty in DUTIES]) == 0


async def test_the_pages_for_everybody_read_only_what_is_public(pools: Pools) -> None:
    """Whoever takes over the public pages learns of no entry of the log that is not open yet, and writes none."""
    public = pools.of("public")
    for readable in ("logs", "hashes", "checkpoints", "publications", "witnesses", "cosignatures"):
        await public.fetch(f"SELECT * FROM translog.{readable}")
    await public.fetch("SELECT leaf FROM translog.leaves")
    await public.fetch("SELECT seal_key FROM vault.custodians WHERE status = 'active'")
    for secret in (
        "SELECT * FROM translog.entries", "SELECT * FROM translog.gags", "SELECT opening FROM translog.leaves",
        "SELECT salt FROM translog.leaves", "SELECT * FROM vault.cosigned",
        "SELECT name FROM vault.custodians", "SELECT * FROM vault.records",
        "SELECT * FROM vault.day_keys", GAG, "DELETE FROM translog.cosignatures",
        "SELECT * FROM messenger.boxes", "SELECT * FROM staff.sessions", "SELECT * FROM audit.entries",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await public.execute(secret)


async def test_the_desk_reads_the_log_and_cannot_write_it(pools: Pools) -> None:
    """A captured desk proves entries to people; it can neither add nor change one but by handing it to the log."""
    legal = pools.of("legal")
    await legal.fetch("SELECT * FROM translog.entries")
    for change in ("INSERT INTO translog.entries VALUES ('x')", "DELETE FROM translog.leaves",
                   "UPDATE translog.checkpoints SET note = ''", GAG):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await legal.execute(change)


async def test_a_backup_leaves_out_no_row(pools: Pools) -> None:
    """Where rows are shown to some duties only, the role of the backup still sees all of them."""
    hidden = await pools.of("owner").fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relrowsecurity AND NOT EXISTS"
        " (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND 'parley_backup'::regrole = ANY (p.polroles)"
        " AND pg_get_expr(p.polqual, p.polrelid) = 'true')"
    )
    assert not hidden
    await outbox.put(pools.of("safety"), "safety", "enforce.read_only", {})
    assert await pools.of("backup").fetchval("SELECT count(*) FROM outbox.items") == 1
