"""The SQL of custodians and their enrolment tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from parley.core.ids import CustodianId
from parley.legal.vault.model import Custodian, CustodianStatus, EnrolmentToken
from parley.storage.database import Executor


async def insert_token(conn: Executor, token_hash: bytes, token: EnrolmentToken) -> None:
    """Store the hash of an enrolment token."""
    await conn.execute(
        "INSERT INTO vault.custodian_tokens (token_hash, name, expires_at) VALUES ($1, $2, $3)",
        token_hash, token.name, token.expires_at,
    )  # fmt: skip


async def token_name(conn: Executor, token_hash: bytes, now: datetime) -> str | None:
    """The name for which an unused token was made."""
    name: str | None = await conn.fetchval(
        "SELECT name FROM vault.custodian_tokens WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        token_hash, now,
    )  # fmt: skip
    return name


async def use_token(conn: Executor, token_hash: bytes, now: datetime) -> str | None:
    """Use a token up and give its name; None when it is unknown, used or too old."""
    name: str | None = await conn.fetchval(
        "UPDATE vault.custodian_tokens SET used_at = $2"
        " WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING name",
        token_hash, now,
    )  # fmt: skip
    return name


async def lock_custodians(conn: Executor) -> None:
    """Let one enrolment or change of custodians happen at a time."""
    await conn.execute("LOCK TABLE vault.custodians IN SHARE ROW EXCLUSIVE MODE")


async def insert_custodian(conn: Executor, custodian: Custodian) -> None:
    """Add a custodian."""
    await conn.execute(
        "INSERT INTO vault.custodians"
        " (number, custodian_id, name, seal_key, sign_key, cosigner, key_no, first_day, joined_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        custodian.number, custodian.custodian_id, custodian.name, custodian.seal_key, custodian.sign_key,
        custodian.cosigner, custodian.key_no, custodian.first_day, custodian.joined_at,
    )  # fmt: skip


async def custodians(conn: Executor) -> tuple[Custodian, ...]:
    """All custodians there ever were, by number."""
    rows = await conn.fetch(f"SELECT {_CUSTODIAN} FROM vault.custodians ORDER BY number")
    return tuple(_custodian(row) for row in rows)


async def custodian(conn: Executor, custodian_id: str) -> Custodian | None:
    """One custodian who may use their keys: active or leaving."""
    row = await conn.fetchrow(
        f"SELECT {_CUSTODIAN} FROM vault.custodians WHERE custodian_id = $1 AND status <> 'left'",
        custodian_id,
    )
    return _custodian(row) if row else None


_CUSTODIAN = (
    "custodian_id, number, name, seal_key, sign_key, cosigner, key_no, first_day, joined_at, status, leaving_at,"
    " left_at, leave_reason, policy_minimum, policy_of"
)


def _custodian(row: Any) -> Custodian:
    values = dict(row)
    return Custodian(
        **{
            **values,
            "status": CustodianStatus(values["status"]),
            "custodian_id": CustodianId(row["custodian_id"]),
            "policy_of": tuple(row["policy_of"]),
        }
    )


async def custodian_leaves(conn: Executor, custodian_id: CustodianId, now: datetime, why: str) -> None:
    """From now on no key is wrapped for them."""
    await conn.execute(
        "UPDATE vault.custodians SET status = 'leaving', leaving_at = $2, leave_reason = $3"
        " WHERE custodian_id = $1",
        custodian_id, now, why,
    )  # fmt: skip


async def custodian_left(conn: Executor, custodian_id: CustodianId, now: datetime, why: str) -> None:
    """From now on they can do nothing any more; a reason that was given when they began to leave stays."""
    await conn.execute(
        "UPDATE vault.custodians SET status = 'left', left_at = $2, leave_reason = coalesce(leave_reason, $3)"
        " WHERE custodian_id = $1",
        custodian_id, now, why,
    )  # fmt: skip
    await conn.execute("DELETE FROM vault.cosigned WHERE custodian_id = $1", custodian_id)


async def replace_keys(
    conn: Executor, custodian_id: CustodianId, seal_key: bytes, sign_key: bytes, cosigner: str
) -> None:
    """Begin a rotation: new day keys are wrapped for the new key; the new signing key waits for the end."""
    await conn.execute(
        "UPDATE vault.custodians SET seal_key = $2, key_no = key_no + 1, next_sign_key = $3, cosigner = $4"
        " WHERE custodian_id = $1",
        custodian_id, seal_key, sign_key, cosigner,
    )  # fmt: skip
    await conn.execute("DELETE FROM vault.cosigned WHERE custodian_id = $1", custodian_id)


async def note_policy(conn: Executor, custodian_id: CustodianId, minimum: int, names: Sequence[str]) -> None:
    """Remember what a custodian's tool demands."""
    await conn.execute(
        "UPDATE vault.custodians SET policy_minimum = $2, policy_of = $3 WHERE custodian_id = $1",
        custodian_id, minimum, list(names),
    )  # fmt: skip


async def next_sign_key(conn: Executor, custodian_id: CustodianId) -> bytes | None:
    """The signing key of a rotation that was begun."""
    key: bytes | None = await conn.fetchval(
        "SELECT next_sign_key FROM vault.custodians WHERE custodian_id = $1", custodian_id
    )
    return key


async def finish_rotation(conn: Executor, custodian_id: CustodianId) -> None:
    """End a rotation: the new signing key holds."""
    await conn.execute(
        "UPDATE vault.custodians SET sign_key = next_sign_key, next_sign_key = NULL"
        " WHERE custodian_id = $1 AND next_sign_key IS NOT NULL",
        custodian_id,
    )


async def keep_cosigned(conn: Executor, custodian_id: CustodianId, note: str, now: datetime) -> None:
    """Remember the newest checkpoint that a custodian cosigned."""
    await conn.execute(
        "INSERT INTO vault.cosigned (custodian_id, note, received_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (custodian_id) DO UPDATE SET note = $2, received_at = $3",
        custodian_id, note, now,
    )  # fmt: skip


async def cosigned(conn: Executor) -> tuple[str, ...]:
    """The newest checkpoint that each custodian cosigned who has not left, the newest first."""
    rows = await conn.fetch(
        "SELECT note FROM vault.cosigned JOIN vault.custodians USING (custodian_id)"
        " WHERE status <> 'left' ORDER BY received_at DESC"
    )
    return tuple(row["note"] for row in rows)
