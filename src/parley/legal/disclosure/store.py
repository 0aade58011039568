"""The SQL of releases, their signatures, passed shares and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from parley.core.ids import AccountId, CustodianId, DisclosureId, OfficerId, OrderId, StaffId, TaskId
from parley.legal.disclosure import rules
from parley.legal.disclosure.errors import ReleaseNotFound
from parley.legal.disclosure.model import (
    Approval,
    Delivery,
    NewRelease,
    PasskeySignature,
    Release,
    ReleaseState,
    SignedRequest,
)
from parley.legal.disclosure.package import PassedShare
from parley.legal.translog.openings import Opening
from parley.legal.vault.model import KeyName
from parley.storage.database import Executor

_RELEASE = (
    "release_id, order_id, task_id, request, order_document, officer_id, filing_credential, filing_assertion,"
    " opening, state, prepared_by, prepared_at, delivery_id, log_entry, handed_on, given_up"
)
_DELIVERY = (
    "delivery_id, release_id, order_id, officer_id, recipient_key, sealed_sha256, size, records, delivered_at,"
    " expires_at, downloaded_at, acknowledged_at, ack_status, wiped_at"
)


async def insert_release(
    conn: Executor, release_id: str, delivery_id: str, new: NewRelease, signed: SignedRequest, now: datetime
) -> None:
    """Store a new release."""
    await conn.execute(
        "INSERT INTO legal.releases (release_id, delivery_id, order_id, task_id, decision_id, account_id, nonce,"
        " request, request_sha256, order_document, officer_id, filing_credential, filing_assertion, opening, state,"
        " prepared_by, prepared_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'prepared', $15, $16)",
        release_id, delivery_id, new.order_id, new.task_id, new.request.decision_id, new.request.account,
        new.request.nonce, signed.canonical, signed.sha256, new.order_document, new.officer,
        new.filing.credential_id, new.filing.assertion, new.opening.to_json(), new.prepared_by, now,
    )  # fmt: skip


async def release(conn: Executor, release_id: str, *, lock: bool = False) -> Release:
    """Read one release, and hold it until the transaction ends with `lock`, so that two steps never run at once.

    Raises:
        ReleaseNotFound: there is none of this id.
    """
    row = await conn.fetchrow(
        f"SELECT {_RELEASE} FROM legal.releases WHERE release_id = $1{' FOR UPDATE' if lock else ''}", release_id
    )
    if row is None:
        raise ReleaseNotFound("no such release")
    return await _with_approvals(conn, row)


async def releases(
    conn: Executor, *, order_id: OrderId | None = None, states: Sequence[ReleaseState] = tuple(ReleaseState)
) -> tuple[Release, ...]:
    """Releases in some states, oldest first; those of one order when it is named."""
    rows = await conn.fetch(
        f"SELECT {_RELEASE} FROM legal.releases"
        " WHERE state = ANY($1) AND ($2::text IS NULL OR order_id = $2) ORDER BY prepared_at, release_id",
        [str(state) for state in states],
        order_id,
    )
    return tuple([await _with_approvals(conn, row) for row in rows])


async def _with_approvals(conn: Executor, row: Any) -> Release:
    approvals = await conn.fetch(
        "SELECT staff_id, credential_id, assertion, at FROM legal.release_approvals"
        " WHERE release_id = $1 ORDER BY at, staff_id",
        row["release_id"],
    )
    return _release(row, tuple(_approval(approval) for approval in approvals))


def _approval(row: Any) -> Approval:
    signature = PasskeySignature(row["staff_id"], row["credential_id"], row["assertion"])
    return Approval(StaffId(row["staff_id"]), signature, row["at"])


def _release(row: Any, approvals: tuple[Approval, ...]) -> Release:
    return Release(
        release_id=row["release_id"],
        order_id=OrderId(row["order_id"]),
        task_id=TaskId(row["task_id"]),
        signed=rules.parse_request(row["request"]),
        order_document=row["order_document"],
        officer=OfficerId(row["officer_id"]),
        filing=PasskeySignature(row["officer_id"], row["filing_credential"], row["filing_assertion"]),
        opening=Opening.from_json(row["opening"]),
        state=ReleaseState(row["state"]),
        prepared_by=StaffId(row["prepared_by"]),
        prepared_at=row["prepared_at"],
        delivery_id=DisclosureId(row["delivery_id"]),
        approvals=approvals,
        log_entry=row["log_entry"],
        handed_on=tuple(CustodianId(one) for one in row["handed_on"]),
        given_up=tuple(row["given_up"]),
    )


async def insert_approval(conn: Executor, release_id: str, approval: Approval) -> None:
    """Store a decider's signature."""
    await conn.execute(
        "INSERT INTO legal.release_approvals (release_id, staff_id, credential_id, assertion, at)"
        " VALUES ($1, $2, $3, $4, $5)",
        release_id, approval.staff_id, approval.signature.credential_id, approval.signature.assertion, approval.at,
    )  # fmt: skip


async def mark_decided(conn: Executor, release_id: str, log_entry: str, now: datetime) -> None:
    """The release has its signatures, and its log entry is on its way."""
    await conn.execute(
        "UPDATE legal.releases SET state = 'decided', log_entry = $2, decided_at = $3 WHERE release_id = $1",
        release_id, log_entry, now,
    )  # fmt: skip


async def mark_peeled(conn: Executor, release_id: str, custodian: CustodianId, now: datetime) -> None:
    """A custodian has handed on their part; the same once more changes nothing."""
    await conn.execute(
        "UPDATE legal.releases SET state = 'peeled', handed_on = array_append(handed_on, $2), peeled_at = $3"
        " WHERE release_id = $1 AND $2 <> ALL (handed_on)",
        release_id, custodian, now,
    )  # fmt: skip


async def give_up(conn: Executor, release_id: str, days: Sequence[date]) -> None:
    """These days of a release are left out: nobody can open them."""
    await conn.execute("UPDATE legal.releases SET given_up = $2 WHERE release_id = $1", release_id, list(days))


async def mark(conn: Executor, release_id: str, state: ReleaseState, now: datetime) -> None:
    """Move a release to a later state."""
    await conn.execute(
        "UPDATE legal.releases SET state = $2::text,"
        " closed_at = CASE WHEN $2::text IN ('closed', 'withdrawn', 'unrecoverable') THEN $3 ELSE closed_at END"
        " WHERE release_id = $1",
        release_id, str(state), now,
    )  # fmt: skip


async def replace_passed(conn: Any, release_id: str, sender: int, passed: Sequence[PassedShare]) -> None:
    """Store what a custodian passed on, in the place of their earlier attempt."""
    await conn.execute("DELETE FROM legal.release_shares WHERE release_id = $1 AND sender = $2", release_id, sender)
    await conn.executemany(
        "INSERT INTO legal.release_shares (release_id, day, account_id, key_id, sender, receiver, sealed, whole)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (release_id, p.name.day, p.name.account, p.name.key_id, p.sender, p.receiver, p.sealed, p.whole)
            for p in passed
        ],
    )


async def passed(conn: Executor, release_id: str) -> tuple[PassedShare, ...]:
    """Everything that custodians passed on."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, sender, receiver, sealed, whole FROM legal.release_shares"
        " WHERE release_id = $1 ORDER BY day, key_id, receiver, sender",
        release_id,
    )
    return tuple(
        PassedShare(
            KeyName(AccountId(r["account_id"]), r["day"], r["key_id"]),
            r["sender"],
            r["receiver"],
            r["sealed"],
            r["whole"],
        )
        for r in rows
    )


async def open_with_passed_to(conn: Executor, receiver: int) -> int:
    """In how many releases something waits that was passed to this custodian."""
    found: int = await conn.fetchval(
        "SELECT count(DISTINCT release_id) FROM legal.release_shares WHERE receiver = $1", receiver
    )
    return found


async def forget_passed(conn: Executor, release_id: str) -> None:
    """Delete what was passed on."""
    await conn.execute("DELETE FROM legal.release_shares WHERE release_id = $1", release_id)


async def keep_manifest(conn: Executor, release_id: str, custodian: str, manifest: bytes, now: datetime) -> None:
    """Remember the newest manifest that was signed for a custodian."""
    await conn.execute(
        "INSERT INTO legal.manifests (release_id, custodian_id, manifest, signed_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (release_id, custodian_id) DO UPDATE SET manifest = $3, signed_at = $4",
        release_id, custodian, manifest, now,
    )  # fmt: skip


async def has_manifest(conn: Executor, release_id: str, custodian: str) -> bool:
    """Whether a manifest was signed for this custodian."""
    found = await conn.fetchval(
        "SELECT EXISTS (SELECT 1 FROM legal.manifests WHERE release_id = $1 AND custodian_id = $2)",
        release_id, custodian,
    )  # fmt: skip
    return bool(found)


async def insert_delivery(
    conn: Executor, delivery: Delivery, second: CustodianId, sealed: bytes, log_entry: str
) -> None:
    """Store a sealed delivery."""
    await conn.execute(
        "INSERT INTO legal.deliveries (delivery_id, release_id, order_id, officer_id, recipient_key,"
        " second_custodian, sealed, sealed_sha256, size, records, log_entry, delivered_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        delivery.delivery_id, delivery.release_id, delivery.order_id, delivery.officer, delivery.recipient_key,
        second, sealed, delivery.sealed_sha256, delivery.size, delivery.records, log_entry, delivery.delivered_at,
        delivery.expires_at,
    )  # fmt: skip


async def delivery(conn: Executor, delivery_id: str) -> Delivery | None:
    """One delivery without its content."""
    row = await conn.fetchrow(
        f"SELECT {_DELIVERY} FROM legal.deliveries WHERE delivery_id = $1",
        delivery_id,
    )
    return _delivery(row) if row else None


async def delivery_of(conn: Executor, release_id: str) -> Delivery | None:
    """The delivery of a release."""
    row = await conn.fetchrow(
        f"SELECT {_DELIVERY} FROM legal.deliveries WHERE release_id = $1",
        release_id,
    )
    return _delivery(row) if row else None


async def deliveries(
    conn: Executor, *, officer: OfficerId | None = None, order_id: OrderId | None = None
) -> tuple[Delivery, ...]:
    """Deliveries of one officer, of one order, or all; newest first."""
    rows = await conn.fetch(
        f"SELECT {_DELIVERY} FROM legal.deliveries"
        " WHERE ($1::text IS NULL OR officer_id = $1) AND ($2::text IS NULL OR order_id = $2)"
        " ORDER BY delivered_at DESC, delivery_id",
        officer,
        order_id,
    )
    return tuple(_delivery(row) for row in rows)


async def deliveries_due(conn: Executor, now: datetime) -> tuple[Delivery, ...]:
    """Deliveries whose time is over and whose content is still there."""
    rows = await conn.fetch(
        f"SELECT {_DELIVERY} FROM legal.deliveries WHERE wiped_at IS NULL AND expires_at <= $1",
        now,
    )
    return tuple(_delivery(row) for row in rows)


def _delivery(row: Any) -> Delivery:
    values = dict(row)
    officer = OfficerId(values.pop("officer_id"))
    return Delivery(officer=officer, **values)


async def sealed_content(conn: Executor, delivery_id: str) -> bytes | None:
    """The age file, or None when it was wiped."""
    content: bytes | None = await conn.fetchval(
        "SELECT sealed FROM legal.deliveries WHERE delivery_id = $1", delivery_id
    )
    return content


async def downloaded(conn: Executor, delivery_id: str, now: datetime) -> None:
    """Record the first download."""
    await conn.execute(
        "UPDATE legal.deliveries SET downloaded_at = $2 WHERE delivery_id = $1 AND downloaded_at IS NULL",
        delivery_id, now,
    )  # fmt: skip


async def acknowledged(conn: Executor, delivery_id: str, status: str, now: datetime) -> None:
    """Record the officer's answer."""
    await conn.execute(
        "UPDATE legal.deliveries SET acknowledged_at = $3, ack_status = $2 WHERE delivery_id = $1",
        delivery_id, status, now,
    )  # fmt: skip


async def wipe(conn: Executor, delivery_id: str, now: datetime) -> None:
    """Delete a delivery's content; the record that there was one stays."""
    await conn.execute(
        "UPDATE legal.deliveries SET sealed = NULL, wiped_at = $2 WHERE delivery_id = $1 AND wiped_at IS NULL",
        delivery_id, now,
    )  # fmt: skip
