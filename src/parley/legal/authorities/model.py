"""Authorities and officers, in the fields that the registry keeps of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AuthorityId, OfficerId


class Trust(StrEnum):
    """Where an authority stands: one person proposed it, two vouch for it, or something is wrong with it."""

    NEW = "new"
    VERIFIED = "verified"
    FLAGGED = "flagged"
    SUSPENDED = "suspended"


class AuthorityKind(StrEnum):
    """What kind of body it is; instruments say which kinds may issue them."""

    COURT = "court"
    PROSECUTOR = "prosecutor"
    POLICE = "police"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """What a registrar enters. Call-back numbers and source are ones that the body itself did not send."""

    name: str
    country: str
    level: str
    kind: AuthorityKind
    competence: tuple[str, ...]
    email_domains: tuple[str, ...]
    callback_numbers: tuple[str, ...]
    source_url: str


@dataclass(frozen=True, slots=True)
class Authority:
    """One entry of the registry."""

    authority_id: AuthorityId
    entry: NewAuthority
    trust: Trust
    proposed_by: str
    proposed_at: datetime
    verified_by: str | None = None
    verified_at: datetime | None = None
    reverify_by: datetime | None = None
    remark: str = ""

    @property
    def name(self) -> str:
        """The body's name."""
        return self.entry.name

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2."""
        return self.entry.country

    @property
    def kind(self) -> AuthorityKind:
        """Court, prosecutor, police or other."""
        return self.entry.kind


@dataclass(frozen=True, slots=True)
class Officer:
    """A person of an authority. `expires_at` is when somebody has to vouch for them again."""

    officer_id: OfficerId
    authority_id: AuthorityId
    name: str
    email: str
    age_recipient: str | None
    vouched_by: str
    added_at: datetime
    expires_at: datetime
    suspended_at: datetime | None = None

    @property
    def actor(self) -> str:
        """The name in the audit trail."""
        return f"officer:{self.officer_id}"


@dataclass(frozen=True, slots=True)
class OfficerEnrolment:
    """A one-time enrolment link's token, shown once."""

    token: str
    officer: Officer
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OfficerPasskey:
    """A registered passkey of an officer; `public_key` is COSE (RFC 9053)."""

    credential_id: bytes
    officer_id: OfficerId
    public_key: bytes
    sign_count: int

    @property
    def owner(self) -> str:
        """The person's id, in the words of a passkey ceremony."""
        return self.officer_id


@dataclass(frozen=True, slots=True)
class NewOfficerPasskey:
    """A passkey whose registration was verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    label: str
