"""Values of the staff room: a member, a passkey, an enrolment link, a session, an open ceremony."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import StaffId


class Role(StrEnum):
    """What a member may do; a person may hold several, each two-person step still needs two people."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    CHILD_SAFETY = "child_safety"
    REGISTRAR = "registrar"
    LEGAL = "legal"
    COUNCIL = "council"


class Realm(StrEnum):
    """Which list of people a session or ceremony belongs to."""

    STAFF = "staff"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of the operator; users see the pseudonym only."""

    staff_id: StaffId
    name: str
    pseudonym: str
    roles: frozenset[Role]
    added_at: datetime
    disabled_at: datetime | None = None

    @property
    def actor(self) -> str:
        """How the audit trail names this person."""
        return f"staff:{self.name}"


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey whose registration was verified; `public_key` is the COSE key as the authenticator gave it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    label: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """A registered passkey. Custodians pin `public_key` (COSE, RFC 9053) of those who decide."""

    credential_id: bytes
    staff_id: StaffId
    public_key: bytes
    sign_count: int
    label: str
    added_at: datetime
    last_used_at: datetime | None

    @property
    def owner(self) -> str:
        """The person's id, in the words of a passkey ceremony."""
        return self.staff_id


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A one-time enrolment link's token, shown once; the database keeps its hash only."""

    token: str
    member: StaffMember
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; `ref` names it in lists and never opens it."""

    ref: str
    realm: Realm
    subject: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Ceremony:
    """An open passkey ceremony: the challenge that was given out, to whom and for what."""

    owner: str | None
    challenge: bytes
