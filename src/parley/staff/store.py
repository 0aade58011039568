"""SQL of the staff room."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from parley.core.ids import StaffId
from parley.staff.model import Ceremony, NewPasskey, Passkey, Realm, Role, Session, StaffMember
from parley.storage.database import Database

#: A pool or one connection of a transaction.
Queries: TypeAlias = "asyncpg.Connection | Database"


def _member(row: Any) -> StaffMember:
    return StaffMember(
        staff_id=StaffId(row["staff_id"]),
        name=row["name"],
        pseudonym=row["pseudonym"],
        roles=frozenset(Role(role) for role in row["roles"]),
        added_at=row["added_at"],
        disabled_at=row["disabled_at"],
    )


def _passkey(row: Any) -> Passkey:
    return Passkey(
        credential_id=row["credential_id"],
        staff_id=StaffId(row["staff_id"]),
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        label=row["label"],
        added_at=row["added_at"],
        last_used_at=row["last_used_at"],
    )


def _session(row: Any) -> Session:
    return Session(
        ref=row["session_ref"],
        realm=Realm(row["realm"]),
        subject=row["subject"],
        agent=row["agent"],
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )


# People


async def insert_member(db: Queries, member: StaffMember) -> bool:
    """Add a member; False when the name is taken."""
    done = await db.fetch(
        """INSERT INTO staff.people (staff_id, name, pseudonym, roles, added_at)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lower(name)) DO NOTHING RETURNING staff_id""",
        member.staff_id,
        member.name,
        member.pseudonym,
        sorted(member.roles),
        member.added_at,
    )
    return bool(done)


async def member(db: Queries, staff_id: str) -> StaffMember | None:
    """Read a member by id."""
    row = await db.fetchrow("SELECT * FROM staff.people WHERE staff_id = $1", staff_id)
    return _member(row) if row else None


async def member_by_name(db: Queries, name: str) -> StaffMember | None:
    """Read a member by name, whatever its capitals."""
    row = await db.fetchrow("SELECT * FROM staff.people WHERE lower(name) = lower($1)", name)
    return _member(row) if row else None


async def members(db: Queries) -> list[StaffMember]:
    """Read everybody, by name."""
    return [_member(row) for row in await db.fetch("SELECT * FROM staff.people ORDER BY lower(name)")]


async def set_roles(db: Queries, staff_id: str, roles: frozenset[Role]) -> None:
    """Replace a member's roles."""
    await db.execute("UPDATE staff.people SET roles = $2 WHERE staff_id = $1", staff_id, sorted(roles))


async def set_disabled(db: Queries, staff_id: str, at: datetime | None) -> None:
    """Bar a member from signing in, or allow it again with None."""
    await db.execute("UPDATE staff.people SET disabled_at = $2 WHERE staff_id = $1", staff_id, at)


# Enrolment links


async def insert_enrolment(
    db: Queries, token_hash: bytes, staff_id: str, now: datetime, expires_at: datetime
) -> None:
    """Keep the hash of a link's token."""
    await db.execute(
        """INSERT INTO staff.enrolments (token_hash, staff_id, created_at, expires_at)
           VALUES ($1, $2, $3, $4)""",
        token_hash,
        staff_id,
        now,
        expires_at,
    )


async def open_enrolment(db: Queries, token_hash: bytes, now: datetime) -> StaffMember | None:
    """Read whose link this is, while it can be used."""
    row = await db.fetchrow(
        """SELECT p.* FROM staff.enrolments e JOIN staff.people p USING (staff_id)
           WHERE e.token_hash = $1 AND e.used_at IS NULL AND e.expires_at > $2 AND p.disabled_at IS NULL""",
        token_hash,
        now,
    )
    return _member(row) if row else None


async def use_enrolment(db: Queries, token_hash: bytes, now: datetime) -> bool:
    """Use a link up; False when it was used or is too old."""
    done = await db.fetch(
        """UPDATE staff.enrolments SET used_at = $2
           WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING staff_id""",
        token_hash,
        now,
    )
    return bool(done)


# Passkeys


async def insert_passkey(db: Queries, staff_id: str, passkey: NewPasskey, now: datetime) -> bool:
    """Register a passkey; False when its credential is known already."""
    done = await db.fetch(
        """INSERT INTO staff.passkeys (credential_id, staff_id, public_key, sign_count, label, added_at)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING staff_id""",
        passkey.credential_id,
        staff_id,
        passkey.public_key,
        passkey.sign_count,
        passkey.label,
        now,
    )
    return bool(done)


async def passkeys_of(db: Queries, staff_id: str) -> list[Passkey]:
    """Read a member's passkeys, oldest first."""
    rows = await db.fetch(
        "SELECT * FROM staff.passkeys WHERE staff_id = $1 AND revoked_at IS NULL ORDER BY added_at", staff_id
    )
    return [_passkey(row) for row in rows]


async def passkey(db: Queries, credential_id: bytes) -> Passkey | None:
    """Read a passkey that can be used."""
    row = await db.fetchrow(
        "SELECT * FROM staff.passkeys WHERE credential_id = $1 AND revoked_at IS NULL", credential_id
    )
    return _passkey(row) if row else None


async def passkey_used(db: Queries, credential_id: bytes, sign_count: int, now: datetime) -> None:
    """Note a use and the authenticator's counter."""
    await db.execute(
        "UPDATE staff.passkeys SET sign_count = $2, last_used_at = $3 WHERE credential_id = $1",
        credential_id,
        sign_count,
        now,
    )


async def lock_member(db: Queries, staff_id: str) -> None:
    """Hold a member's row, so that two removals of passkeys cannot both think that one is left."""
    await db.fetchrow("SELECT 1 FROM staff.people WHERE staff_id = $1 FOR UPDATE", staff_id)


async def revoke_passkey(db: Queries, staff_id: str, credential_id: bytes, now: datetime) -> bool:
    """Remove a passkey from use; its public key stays, because signed decisions refer to it."""
    done = await db.fetch(
        """UPDATE staff.passkeys SET revoked_at = $3
           WHERE credential_id = $1 AND staff_id = $2 AND revoked_at IS NULL RETURNING staff_id""",
        credential_id,
        staff_id,
        now,
    )
    return bool(done)


# Sessions


async def insert_session(db: Queries, session_hash: bytes, session: Session) -> None:
    """Keep a session under the hash of its token."""
    await db.execute(
        """INSERT INTO staff.sessions
             (session_hash, session_ref, realm, subject, agent, created_at, seen_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        session_hash,
        session.ref,
        session.realm,
        session.subject,
        session.agent,
        session.created_at,
        session.seen_at,
        session.expires_at,
    )


async def session(db: Queries, realm: Realm, session_hash: bytes) -> Session | None:
    """Read a session by the hash of its token."""
    row = await db.fetchrow(
        "SELECT * FROM staff.sessions WHERE session_hash = $1 AND realm = $2", session_hash, realm
    )
    return _session(row) if row else None


async def touch_session(db: Queries, ref: str, now: datetime) -> None:
    """Note that a session is in use."""
    await db.execute("UPDATE staff.sessions SET seen_at = $2 WHERE session_ref = $1", ref, now)


async def sessions_of(db: Queries, realm: Realm, subject: str, now: datetime) -> list[Session]:
    """Read a person's sessions that have not expired, newest first."""
    rows = await db.fetch(
        """SELECT * FROM staff.sessions WHERE realm = $1 AND subject = $2 AND expires_at > $3
           ORDER BY created_at DESC""",
        realm,
        subject,
        now,
    )
    return [_session(row) for row in rows]


async def delete_sessions(
    db: Queries, realm: Realm, subject: str, *, ref: str | None = None, keep: str | None = None
) -> int:
    """End a person's session `ref`, or all but `keep`; returns how many ended."""
    rows = await db.fetch(
        """DELETE FROM staff.sessions WHERE realm = $1 AND subject = $2
             AND ($3::text IS NULL OR session_ref = $3) AND session_ref IS DISTINCT FROM $4
           RETURNING session_ref""",
        realm,
        subject,
        ref,
        keep,
    )
    return len(rows)


async def delete_expired(db: Queries, now: datetime) -> None:
    """Forget sessions and ceremonies that are over."""
    await db.execute("DELETE FROM staff.sessions WHERE expires_at <= $1", now)
    await db.execute("DELETE FROM staff.ceremonies WHERE expires_at <= $1", now)


# Ceremonies


async def insert_ceremony(
    db: Queries, ceremony_hash: bytes, realm: Realm, purpose: str, ceremony: Ceremony, expires_at: datetime
) -> None:
    """Keep an open ceremony."""
    await db.execute(
        """INSERT INTO staff.ceremonies (ceremony_hash, realm, purpose, owner, challenge, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        ceremony_hash,
        realm,
        purpose,
        ceremony.owner,
        ceremony.challenge,
        expires_at,
    )


async def take_ceremony(
    db: Queries, ceremony_hash: bytes, realm: Realm, purpose: str, now: datetime
) -> Ceremony | None:
    """Take an open ceremony out, so that its challenge serves once."""
    rows = await db.fetch(
        """DELETE FROM staff.ceremonies WHERE ceremony_hash = $1 AND realm = $2 AND purpose = $3
             AND expires_at > $4 RETURNING owner, challenge""",
        ceremony_hash,
        realm,
        purpose,
        now,
    )
    return Ceremony(owner=rows[0]["owner"], challenge=rows[0]["challenge"]) if rows else None
