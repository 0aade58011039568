"""Pure decisions about orders: what a filing must hold, what is refused at the door, an order's one spelling."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785

from parley.core.ids import OfficerId
from parley.legal.clocks.calendar import Calendar
from parley.legal.clocks.model import ClockRule
from parley.legal.clocks.rules import period_end
from parley.legal.orders.errors import FilingInvalid, PreservationNotAllowed, RefusedAtTheDoor
from parley.legal.orders.model import Filing, Gag, Instrument, PreservationEnds, SignatureReport

MAX_PDF = 5 * 1024 * 1024
FIELDS = ("phone", "ip", "port", "ip_time")
ROLES = ("suspect", "victim", "witness", "other")
LONGEST_RANGE = timedelta(days=366)
#: A filing that its officer has not signed for this long is forgotten.
DRAFT_LIFE = timedelta(days=1)
#: How long anything is preserved where the table of clocks has no word on it: as long as anything is ever kept.
LONGEST_PRESERVATION = timedelta(days=365)
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
#: What an identifier that names more than one account looks like.
_MANY = re.compile(r"[,;\s*]|\bOR\b", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://)?(?:t\.me|telegram\.me)/", re.IGNORECASE)


def check_filing(filing: Filing, now: datetime) -> None:
    """Check what an officer states.

    Raises:
        RefusedAtTheDoor: it asks for what is never given.
        FilingInvalid: a field breaks a rule.
    """
    _check_door(filing, now)
    for fits, rule in _filing_rules(filing):
        if not fits:
            raise FilingInvalid(rule)


def preservation_ends(
    rule: ClockRule | None, first_at: datetime, now: datetime, calendar: Calendar
) -> PreservationEnds:
    """When a preservation made `now` ends, in UTC. All of an order's together end one extension after the first.

    Without a clock of the instrument a person states the end.
    """
    if rule is None or rule.period is None:
        return PreservationEnds(None, first_at + LONGEST_PRESERVATION)
    latest = period_end(first_at, rule.period, calendar)
    if rule.extension is not None:
        latest = period_end(latest - timedelta(microseconds=1), rule.extension, calendar)
    return PreservationEnds(min(period_end(now, rule.period, calendar), latest), latest)


def check_preservation(until: datetime, ends: PreservationEnds, now: datetime) -> None:
    """Check the end of a preservation.

    Raises:
        PreservationNotAllowed: it lies in the past or beyond what is allowed.
    """
    if until <= now:
        raise PreservationNotAllowed("until: lies in the past")
    if until > ends.latest:
        raise PreservationNotAllowed(f"until: {ends.latest:%Y-%m-%d %H:%M} UTC at the latest")


def _check_door(filing: Filing, now: datetime) -> None:
    identifier = filing.identifier.strip()
    if _LINK.match(identifier) or identifier.startswith(("-", "#")):
        raise RefusedAtTheDoor(
            "identifier: a chat, channel or topic is not an account; all members of a group are never given"
        )
    if _MANY.search(identifier) and not identifier.startswith("+"):
        raise RefusedAtTheDoor("identifier: exactly one account; lists, patterns and keywords are never served")
    if filing.end > now:
        raise RefusedAtTheDoor("end: lies in the future; nobody is watched from now on (interception)")


def _filing_rules(f: Filing) -> list[tuple[bool, str]]:
    return [
        (3 <= len(f.authorisation_reference) <= 120, "authorisation reference: the docket number of the order"),
        (5 <= len(f.legal_basis) <= 500, "legal basis: the law that allows this order"),
        (5 <= len(f.offence) <= 500, "offence: its name and article"),
        (2 <= len(f.identifier.strip()) <= 64, "identifier: an id, an @name or a phone number with +"),
        (f.person_role in ROLES, f"person: one of {', '.join(ROLES)}"),
        (f.person_role == "suspect" or len(f.role_reason) >= 10, "person: say why, when it is not a suspect"),
        (
            bool(f.fields) and set(f.fields) <= set(FIELDS),
            "data: the phone number, or addresses with port and time",
        ),
        ("ip" in f.fields or not {"port", "ip_time"} & set(f.fields), "data: ports and times only with addresses"),
        (f.start < f.end, "range: its end comes after its start"),
        (f.end - f.start <= LONGEST_RANGE, "range: twelve months at most"),
        (f.gag is None or len(f.gag.legal_basis) >= 5, "gag: its legal basis"),
        (f.gag is None or len(f.gag.judge) >= 3, "gag: the judge who ordered it"),
        (f.instrument is not Instrument.EMERGENCY or len(f.facts) >= 40, "emergency: the concrete facts"),
    ]


def document_of(filing: Filing, officer: OfficerId, recipient: str, pdf_name: str, pdf_sha256: str) -> bytes:
    """Write an order in its one spelling (RFC 8785): the bytes whose SHA-256 the officer signs."""
    stated = filing_to_json(filing)
    return rfc8785.dumps(
        {
            **stated,
            "officer": str(officer),
            "recipient_key": recipient,
            "document": {"name": pdf_name, "sha256": pdf_sha256},
            "nonce": secrets.token_hex(16),
        }
    )


def filing_to_json(filing: Filing) -> dict[str, Any]:
    """Give a filing as JSON."""
    gag = filing.gag
    return {
        "instrument": str(filing.instrument),
        "authorisation_reference": filing.authorisation_reference,
        "legal_basis": filing.legal_basis,
        "offence": filing.offence,
        "statement_category": filing.statement_category,
        "max_penalty_years": filing.max_penalty_years,
        "identifier": filing.identifier,
        "person_role": filing.person_role,
        "role_reason": filing.role_reason,
        "fields": list(filing.fields),
        "start": _written(filing.start),
        "end": _written(filing.end),
        "facts": filing.facts,
        "gag": None
        if gag is None
        else {
            "legal_basis": gag.legal_basis,
            "judge": gag.judge,
            "until": None if gag.until is None else _written(gag.until),
        },
    }


def filing_from_json(raw: Mapping[str, Any]) -> Filing:
    """Read a filing that this server stored."""
    gag = raw["gag"]
    return Filing(
        instrument=Instrument(raw["instrument"]),
        authorisation_reference=raw["authorisation_reference"],
        legal_basis=raw["legal_basis"],
        offence=raw["offence"],
        statement_category=raw["statement_category"],
        max_penalty_years=raw["max_penalty_years"],
        identifier=raw["identifier"],
        person_role=raw["person_role"],
        role_reason=raw["role_reason"],
        fields=tuple(raw["fields"]),
        start=_read(raw["start"]),
        end=_read(raw["end"]),
        facts=raw["facts"],
        gag=None
        if gag is None
        else Gag(gag["legal_basis"], gag["judge"], None if gag["until"] is None else _read(gag["until"])),
    )


def report_from_json(raw: Mapping[str, Any]) -> SignatureReport:
    """Read a signature report that this server stored."""
    return SignatureReport(**{**raw, "faults": tuple(raw.get("faults", ()))})


def new_number(now: datetime) -> str:
    """Make an order's number for letters: the year and eight random digits, which tell no count."""
    return f"{now.year}-{secrets.randbelow(10**8):08d}"


def sha256_hex(data: bytes) -> str:
    """Hash in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_MOMENT)


def _read(text: str) -> datetime:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
