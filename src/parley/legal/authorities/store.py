"""SQL of the registry."""

from __future__ import annotations

from datetime import datetime

from asyncpg import Record

from parley.core.ids import AuthorityId, OfficerId
from parley.legal.authorities.model import (
    Authority,
    AuthorityKind,
    NewAuthority,
    NewOfficerPasskey,
    Officer,
    OfficerPasskey,
    Trust,
)
from parley.storage.database import Executor

_OFFICER = "officer_id, authority_id, name, email, age_recipient, vouched_by, added_at, expires_at, suspended_at"


async def insert_authority(conn: Executor, authority: Authority) -> None:
    """Add an entry."""
    entry = authority.entry
    await conn.execute(
        "INSERT INTO legal.authorities (authority_id, name, country, level, kind, competence, email_domains,"
        " callback_numbers, source_url, trust, proposed_by, proposed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        authority.authority_id,
        entry.name,
        entry.country,
        entry.level,
        entry.kind.value,
        list(entry.competence),
        list(entry.email_domains),
        list(entry.callback_numbers),
        entry.source_url,
        authority.trust.value,
        authority.proposed_by,
        authority.proposed_at,
    )


async def authority(conn: Executor, authority_id: str, *, lock: bool = False) -> Authority | None:
    """Read an entry, and hold it for the transaction when `lock` is set."""
    row = await conn.fetchrow(
        f"SELECT * FROM legal.authorities WHERE authority_id = $1{' FOR UPDATE' if lock else ''}", authority_id
    )
    return None if row is None else _authority(row)


async def authorities(conn: Executor) -> list[Authority]:
    """Read the registry, by country and name."""
    return [_authority(row) for row in await conn.fetch("SELECT * FROM legal.authorities ORDER BY country, name")]


async def verify(conn: Executor, authority_id: str, by: str, at: datetime, reverify_by: datetime) -> None:
    """Note the second person's word for an entry."""
    await conn.execute(
        "UPDATE legal.authorities SET trust = 'verified', verified_by = $2, verified_at = $3, reverify_by = $4"
        " WHERE authority_id = $1",
        authority_id,
        by,
        at,
        reverify_by,
    )


async def set_trust(conn: Executor, authority_id: str, trust: Trust, remark: str) -> None:
    """Flag or suspend an entry, with the reason."""
    await conn.execute(
        "UPDATE legal.authorities SET trust = $2, remark = $3 WHERE authority_id = $1",
        authority_id,
        trust.value,
        remark,
    )


async def insert_officer(conn: Executor, officer: Officer) -> None:
    """Add an officer."""
    await conn.execute(
        "INSERT INTO legal.officers (officer_id, authority_id, name, email, vouched_by, added_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        officer.officer_id,
        officer.authority_id,
        officer.name,
        officer.email,
        officer.vouched_by,
        officer.added_at,
        officer.expires_at,
    )


async def officer(conn: Executor, officer_id: str) -> Officer | None:
    """Read an officer."""
    row = await conn.fetchrow(f"SELECT {_OFFICER} FROM legal.officers WHERE officer_id = $1", officer_id)
    return None if row is None else _officer(row)


async def officer_by_name(conn: Executor, name: str) -> Officer | None:
    """Read an officer by name, the newest of that name."""
    row = await conn.fetchrow(
        f"SELECT {_OFFICER} FROM legal.officers WHERE lower(name) = lower($1) ORDER BY added_at DESC LIMIT 1", name
    )
    return None if row is None else _officer(row)


async def officers(conn: Executor, authority_id: str | None = None) -> list[Officer]:
    """Read the officers of an authority, or all."""
    rows = await conn.fetch(
        f"SELECT {_OFFICER} FROM legal.officers WHERE $1::text IS NULL OR authority_id = $1 ORDER BY added_at",
        authority_id,
    )
    return [_officer(row) for row in rows]


async def renew_officer(conn: Executor, officer_id: str, by: str, until: datetime) -> None:
    """Vouch for an officer again."""
    await conn.execute(
        "UPDATE legal.officers SET vouched_by = $2, expires_at = $3, suspended_at = NULL WHERE officer_id = $1",
        officer_id,
        by,
        until,
    )


async def suspend_officer(conn: Executor, officer_id: str, at: datetime) -> None:
    """Bar an officer."""
    await conn.execute("UPDATE legal.officers SET suspended_at = $2 WHERE officer_id = $1", officer_id, at)


async def set_recipient(conn: Executor, officer_id: str, recipient: str) -> None:
    """Keep the age recipient that an officer's deliveries are sealed to."""
    await conn.execute("UPDATE legal.officers SET age_recipient = $2 WHERE officer_id = $1", officer_id, recipient)


async def insert_enrolment(
    conn: Executor, token_hash: bytes, officer_id: str, at: datetime, until: datetime
) -> None:
    """Keep an enrolment link."""
    await conn.execute(
        "INSERT INTO legal.officer_enrolments (token_hash, officer_id, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4)",
        token_hash,
        officer_id,
        at,
        until,
    )


async def open_enrolment(conn: Executor, token_hash: bytes, now: datetime) -> Officer | None:
    """Read whose unused enrolment link this is."""
    columns = ", ".join(f"o.{name}" for name in _OFFICER.split(", "))
    row = await conn.fetchrow(
        f"SELECT {columns} FROM legal.officer_enrolments e JOIN legal.officers o USING (officer_id)"
        " WHERE e.token_hash = $1 AND e.used_at IS NULL AND e.expires_at > $2 AND o.suspended_at IS NULL",
        token_hash,
        now,
    )
    return None if row is None else _officer(row)


async def use_enrolment(conn: Executor, token_hash: bytes, now: datetime) -> bool:
    """Use a link up; False when somebody was faster."""
    done = await conn.execute(
        "UPDATE legal.officer_enrolments SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL",
        token_hash,
        now,
    )
    return done.endswith(" 1")


async def insert_passkey(conn: Executor, officer_id: str, passkey: NewOfficerPasskey, at: datetime) -> bool:
    """Register a passkey; False when its credential id is known."""
    done = await conn.execute(
        "INSERT INTO legal.officer_passkeys (credential_id, officer_id, public_key, sign_count, label, added_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING",
        passkey.credential_id,
        officer_id,
        passkey.public_key,
        passkey.sign_count,
        passkey.label,
        at,
    )
    return done.endswith(" 1")


async def passkeys(conn: Executor, officer_id: str | None = None) -> list[OfficerPasskey]:
    """Read the usable passkeys of an officer, or of all officers who may act."""
    rows = await conn.fetch(
        "SELECT p.credential_id, p.officer_id, p.public_key, p.sign_count FROM legal.officer_passkeys p"
        " JOIN legal.officers o USING (officer_id)"
        " WHERE p.revoked_at IS NULL AND o.suspended_at IS NULL AND ($1::text IS NULL OR p.officer_id = $1)"
        " ORDER BY p.added_at",
        officer_id,
    )
    return [_passkey(row) for row in rows]


async def passkey(conn: Executor, credential_id: bytes) -> OfficerPasskey | None:
    """Read a usable passkey."""
    row = await conn.fetchrow(
        "SELECT credential_id, officer_id, public_key, sign_count FROM legal.officer_passkeys"
        " WHERE credential_id = $1 AND revoked_at IS NULL",
        credential_id,
    )
    return None if row is None else _passkey(row)


async def passkey_used(conn: Executor, credential_id: bytes, sign_count: int, at: datetime) -> None:
    """Note a verified use."""
    await conn.execute(
        "UPDATE legal.officer_passkeys SET sign_count = $2, last_used_at = $3 WHERE credential_id = $1",
        credential_id,
        sign_count,
        at,
    )


def _authority(row: Record) -> Authority:
    entry = NewAuthority(
        name=row["name"],
        country=row["country"],
        level=row["level"],
        kind=AuthorityKind(row["kind"]),
        competence=tuple(row["competence"]),
        email_domains=tuple(row["email_domains"]),
        callback_numbers=tuple(row["callback_numbers"]),
        source_url=row["source_url"],
    )
    return Authority(
        authority_id=AuthorityId(row["authority_id"]),
        entry=entry,
        trust=Trust(row["trust"]),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        verified_by=row["verified_by"],
        verified_at=row["verified_at"],
        reverify_by=row["reverify_by"],
        remark=row["remark"],
    )


def _officer(row: Record) -> Officer:
    return Officer(**{**dict(row), "officer_id": OfficerId(row["officer_id"])})


def _passkey(row: Record) -> OfficerPasskey:
    return OfficerPasskey(row["credential_id"], OfficerId(row["officer_id"]), row["public_key"], row["sign_count"])
