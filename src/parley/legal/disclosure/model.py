"""Values of a release: the request that is signed, its signatures, its state, and the delivery."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from parley.core.ids import AccountId, CustodianId, DecisionId, DisclosureId, OfficerId, OrderId, StaffId, TaskId
from parley.legal.disclosure.succession import Succession
from parley.legal.translog.openings import Opening


class Field(StrEnum):
    """The only things that can ever be handed over."""

    PHONE = "phone"
    IP = "ip"
    PORT = "port"
    IP_TIME = "ip_time"


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """What was decided, exactly: whose data, which days and range [start, end), which fields, for which key.

    `days` are the UTC days that the range touches; there are none when only the phone number is released.
    Its SHA-256 is what deciders sign, what the log commits to, and what custodians open.
    """

    nonce: str
    order_sha256: str
    account: AccountId
    days: tuple[date, ...]
    start: datetime
    end: datetime
    fields: tuple[Field, ...]
    recipient_key: str
    decision_id: DecisionId


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request with the very bytes that were signed (RFC 8785)."""

    request: ReleaseRequest
    canonical: bytes

    @property
    def sha256(self) -> bytes:
        """The hash of the canonical bytes: the WebAuthn challenge of the deciders."""
        return hashlib.sha256(self.canonical).digest()


@dataclass(frozen=True, slots=True)
class PasskeyHolder:
    """A person and one passkey; `public_key` is a COSE key (RFC 9053)."""

    person: str
    name: str
    credential_id: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True)
class PasskeySignature:
    """Who signed, with which passkey, and the browser's answer (`AuthenticationResponseJSON`) word for word."""

    person: str
    credential_id: bytes
    assertion: str


@dataclass(frozen=True, slots=True)
class Approval:
    """One decider's signature of a release."""

    staff_id: StaffId
    signature: PasskeySignature
    at: datetime


class ReleaseState(StrEnum):
    """Where a release stands. Nothing goes back, and each step past `prepared` took another person."""

    PREPARED = "prepared"
    DECIDED = "decided"
    PEELED = "peeled"
    DELIVERED = "delivered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    UNRECOVERABLE = "unrecoverable"


#: It is the turn of custodians.
WITH_CUSTODIANS: Final = (ReleaseState.DECIDED, ReleaseState.PEELED)


@dataclass(frozen=True, slots=True)
class NewRelease:
    """What the orders service hands over once the analysis allows a disclosure.

    `order_document` are the bytes whose SHA-256 is the request's `order_sha256`: the order as the officer
    filed it. `opening` is the log entry of the decision, without users, fields and release hash.
    """

    request: ReleaseRequest
    order_id: OrderId
    task_id: TaskId
    order_document: bytes
    officer: OfficerId
    filing: PasskeySignature
    opening: Opening
    prepared_by: StaffId


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it stands.

    `handed_on` are the custodians who did their part, in their order; `given_up` the days that nobody could open.
    """

    release_id: str
    order_id: OrderId
    task_id: TaskId
    signed: SignedRequest
    order_document: bytes
    officer: OfficerId
    filing: PasskeySignature
    opening: Opening
    state: ReleaseState
    prepared_by: StaffId
    prepared_at: datetime
    delivery_id: DisclosureId
    approvals: tuple[Approval, ...] = ()
    log_entry: str | None = None
    handed_on: tuple[CustodianId, ...] = ()
    given_up: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class GivingUp:
    """A proposal to give up what nobody can open of a release; it waits for a second person."""

    release_id: str
    why: str
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A sealed delivery: what the officer sees of it, and what became of it."""

    delivery_id: DisclosureId
    release_id: str
    order_id: OrderId
    officer: OfficerId
    recipient_key: str
    sealed_sha256: str
    size: int
    records: int
    delivered_at: datetime
    expires_at: datetime
    downloaded_at: datetime | None = None
    acknowledged_at: datetime | None = None
    ack_status: str | None = None
    wiped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PinnableCustodian:
    """What a custodian's tool pins of another custodian."""

    custodian_id: CustodianId
    number: int
    name: str
    seal_key: bytes
    cosigner: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that custodians' tools pin after people have compared fingerprints.

    `witnesses` and `log_key` are signed-note verifier keys; `delivery_key` is the operator's Ed25519 key,
    `successions` lead to it from those before.
    """

    origin: str
    rp_id: str
    log_key: str
    delivery_key: bytes
    deciders: tuple[PasskeyHolder, ...]
    officers: tuple[PasskeyHolder, ...]
    custodians: tuple[PinnableCustodian, ...]
    witnesses: tuple[str, ...]
    successions: tuple[Succession, ...] = ()
