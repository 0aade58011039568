"""Makes roles, grants and the database on an external PostgreSQL: what ``parley database prepare`` runs once.

It needs a superuser's URL for that one run. The server itself only ever logs in as the duties' roles, each with a
random password of its own that is kept in a file with mode 0600.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg

from parley.core.files import replace_durably
from parley.storage.errors import StorageError
from parley.storage.roles import DUTIES, cluster_statements, database_statements, role_name
from parley.storage.target import Target

PASSWORD_FILE: Final = Path("secrets") / "database.json"
OLDEST_VERSION: Final = 150000
_ITERATIONS: Final = 4096


def read_passwords(data_dir: Path, file: Path = PASSWORD_FILE) -> dict[str, str]:
    """The duties' passwords by role, or none when the server lets them in without."""
    path = data_dir / file
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {str(role): str(password) for role, password in found.items()}


async def prepare(admin_url: str, target: Target, data_dir: Path) -> None:
    """Make what is missing on the server of ``target``; safe to repeat. New passwords replace the old ones.

    ``admin_url`` names a superuser and any existing database of that server. Raises StorageError when the server is
    too old.
    """
    passwords = {role_name(duty): secrets.token_urlsafe(24) for duty in DUTIES}
    admin = await asyncpg.connect(admin_url)
    try:
        if admin.get_server_version().major < OLDEST_VERSION // 10000:
            raise StorageError("PostgreSQL 15 or newer is needed")
        await _make_roles(admin, passwords)
        if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", target.database):
            name = target.database.replace('"', '""')
            await admin.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
        for statement in database_statements(target.database):
            await admin.execute(statement)
    finally:
        await admin.close()
    _write_passwords(data_dir / PASSWORD_FILE, passwords)


async def _make_roles(admin: Any, passwords: Mapping[str, str]) -> None:
    existing = frozenset(row["rolname"] for row in await admin.fetch("SELECT rolname FROM pg_roles"))
    old_grants = admin.get_server_version().major < 16
    for statement in cluster_statements(existing):
        if old_grants and statement.startswith("GRANT"):
            statement = statement.replace(" WITH INHERIT TRUE, SET FALSE", "")
        await admin.execute(statement)
    if old_grants:  # before version 16 a role that does not inherit gains nothing from the grant
        await admin.execute(f"ALTER ROLE {role_name('backup')} INHERIT")
    for role, password in passwords.items():
        await admin.execute(f"ALTER ROLE {role} PASSWORD '{scram_verifier(password)}'")


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """What the server stores of a password (RFC 5803), so that the password itself never travels nor is logged."""
    chosen = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), chosen, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (chosen, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ITERATIONS, *parts)


def _write_passwords(path: Path, passwords: Mapping[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(path, json.dumps(dict(passwords)).encode())
