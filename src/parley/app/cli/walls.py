"""What `parley doctor` looks at: who may read the secrets, and which duty could act as another."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from parley.storage.roles import DUTIES, SUPERUSER, role_name
from parley.storage.target import Target

_PRIVATE: Final = ("secrets", "erasure", "log", "blobs")
_ROLES = """
SELECT m.rolname AS member, r.rolname AS role FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles r ON r.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member
WHERE m.rolname = ANY($1::text[]) AND NOT (m.rolname = 'parley_backup' AND r.rolname = 'pg_read_all_data')
ORDER BY 1, 2
"""
_STRONG = """
SELECT rolname FROM pg_catalog.pg_roles
WHERE rolname = ANY($1::text[]) AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
ORDER BY 1
"""
_READS = """
SELECT DISTINCT a.duty, n.nspname AS schema FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN unnest($1::text[], $2::text[]) AS a(duty, schema) ON a.schema = n.nspname
WHERE c.relkind IN ('r', 'p') AND has_schema_privilege(a.duty, n.oid, 'USAGE')
AND has_table_privilege(a.duty, c.oid, 'SELECT') ORDER BY 1, 2
"""
#: Duty and schema: no table of the schema may be readable by the duty.
_NEVER_READS: Final = (
    ("legal", "messenger"), ("legal", "safety"), ("messenger", "vault"), ("messenger", "legal"),
    ("messenger", "safety"), ("safety", "vault"), ("staff", "vault"), ("log", "vault"), ("log", "messenger"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the operator should know; `down` when a wall does not hold."""

    down: bool
    text: str


def of_user(data_dir: Path) -> Iterator[Finding]:
    """Say when the server's network process is root."""
    if data_dir.stat().st_uid == 0:
        text = "the data directory belongs to root, so the server runs as root; deploy/parley.service does better"
        yield Finding(down=False, text=text)


def of_files(data_dir: Path) -> Iterator[Finding]:
    """Find what others than the server's user could read, and secrets that a restore left empty."""
    owner = data_dir.stat().st_uid
    if data_dir.stat().st_mode & 0o022:
        yield Finding(down=True, text=f"others may write to {data_dir}")
    for path in _private(data_dir):
        state = path.lstat()
        if stat.S_ISLNK(state.st_mode):
            yield Finding(down=False, text=f"{path} is a link; the modes behind it are not checked")
            continue
        if state.st_mode & 0o077:
            mode = stat.S_IMODE(state.st_mode)
            yield Finding(down=True, text=f"{path} has the mode {mode:04o}: others can read it")
        if state.st_uid != owner:
            yield Finding(down=True, text=f"{path} does not belong to the server's user")
        if path.parent.name == "secrets" and path.is_file() and state.st_size == 0:
            yield Finding(down=True, text=f"{path} is empty: put your copy of this secret here")


def _private(data_dir: Path) -> Iterator[Path]:
    for name in _PRIVATE:
        if (data_dir / name).exists():
            yield data_dir / name
            if name != "blobs":
                yield from sorted((data_dir / name).rglob("*"))
    for name in ("parley.toml", "postgres.log"):
        if (data_dir / name).exists():
            yield data_dir / name


async def of_database(target: Target) -> list[Finding]:
    """Find roles that could become another, are too strong, or read what they must not."""
    conn = await asyncpg.connect(**target.arguments("owner"))
    try:
        return [*await _roles(conn), *await _superuser(target)]
    finally:
        await conn.close()


async def _roles(conn: Any) -> list[Finding]:
    names = [role_name(duty) for duty in DUTIES]
    found = [
        Finding(down=True, text=f"the role {row['member']} is a member of {row['role']}")
        for row in await conn.fetch(_ROLES, names)
    ]
    found += [
        Finding(down=True, text=f"the role {row['rolname']} may do more than its duty: superuser or a role maker")
        for row in await conn.fetch(_STRONG, names)
    ]
    duties, schemas = zip(*_NEVER_READS, strict=True)
    readers = [f"parley_{duty}" for duty in duties]
    found += [
        Finding(down=True, text=f"the role {row['duty']} can read tables of {row['schema']}")
        for row in await conn.fetch(_READS, readers, list(schemas))
    ]
    return found


async def _superuser(target: Target) -> list[Finding]:
    """Nobody may log in as the superuser of the embedded cluster."""
    if target.external:
        return []
    try:
        conn = await asyncpg.connect(**target.arguments_for(SUPERUSER))
    except asyncpg.PostgresError:
        return []
    await conn.close()
    return [Finding(down=True, text="this user can log in to the embedded database as its superuser")]
