"""SQL of sign-in codes: at most one is valid for a number at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.messenger.sql import Executor


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A number's newest code, as a keyed digest."""

    phone_index: bytes
    code_hash: str
    digest: bytes
    sent_at: datetime
    expires_at: datetime
    attempts: int
    resends: int
    confirmed: bool
    cancelled: bool
    window_start: datetime
    window_sends: int


def _code(row: Any) -> CodeRow:
    return CodeRow(**{name: row[name] for name in CodeRow.__slots__})


async def read(db: Executor, index: bytes) -> CodeRow | None:
    """Read the newest code of a number."""
    row = await db.fetchrow("SELECT * FROM messenger.sign_in_codes WHERE phone_index = $1", index)
    return None if row is None else _code(row)


async def write(db: Executor, code: CodeRow) -> None:
    """Replace the number's code by a new one."""
    await db.execute(
        "INSERT INTO messenger.sign_in_codes (phone_index, code_hash, digest, sent_at, expires_at, attempts,"
        " resends, confirmed, cancelled, window_start, window_sends)"
        " VALUES ($1, $2, $3, $4, $5, 0, $6, false, false, $7, $8)"
        " ON CONFLICT (phone_index) DO UPDATE SET code_hash = $2, digest = $3, sent_at = $4, expires_at = $5,"
        " attempts = 0, resends = $6, confirmed = false, cancelled = false, window_start = $7, window_sends = $8",
        code.phone_index,
        code.code_hash,
        code.digest,
        code.sent_at,
        code.expires_at,
        code.resends,
        code.window_start,
        code.window_sends,
    )


async def count_attempt(db: Executor, index: bytes, code_hash: str, limit: int) -> bool:
    """Use up one attempt; False when none is left. Counted before the comparison, so that nobody races it."""
    done = await db.fetchval(
        "UPDATE messenger.sign_in_codes SET attempts = attempts + 1"
        " WHERE phone_index = $1 AND code_hash = $2 AND attempts < $3 RETURNING attempts",
        index,
        code_hash,
        limit,
    )
    return done is not None


async def confirm(db: Executor, index: bytes, code_hash: str) -> None:
    """Remember that the right code was shown, so that a sign-up may follow."""
    await db.execute(
        "UPDATE messenger.sign_in_codes SET confirmed = true WHERE phone_index = $1 AND code_hash = $2",
        index,
        code_hash,
    )


async def use(db: Executor, index: bytes, code_hash: str) -> bool:
    """End a code for good; False when another call was faster."""
    done = await db.fetchval(
        "UPDATE messenger.sign_in_codes SET cancelled = true, digest = ''::bytea"
        " WHERE phone_index = $1 AND code_hash = $2 AND NOT cancelled RETURNING code_hash",
        index,
        code_hash,
    )
    return done is not None


async def purge(db: Executor, before: datetime) -> None:
    """Forget codes whose window ended before `before`: a background scan."""
    await db.execute("DELETE FROM messenger.sign_in_codes WHERE window_start < $1", before)
