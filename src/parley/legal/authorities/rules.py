"""Pure decisions of the registry: what an entry must hold, who may confirm it, who may act."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import rfc8785

from parley.legal.authorities.errors import EntryInvalid, OfficerExpired, SecondPersonNeeded
from parley.legal.authorities.model import Authority, NewAuthority, Officer, Trust

#: Somebody vouches again for each officer every 90 days, and for each authority once a year.
VOUCHING_LIFE = timedelta(days=90)
VERIFICATION_LIFE = timedelta(days=365)
ENROLMENT_LIFE = timedelta(days=7)
LEVELS = ("national", "regional", "local", "union")

_COUNTRY = re.compile(r"[A-Z]{2}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CALLBACK = re.compile(r"\+[0-9][0-9 ()/-]{5,24}")
_AGE_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")


def check_entry(entry: NewAuthority) -> None:
    """Check what a registrar entered.

    Raises:
        EntryInvalid: with the field and its rule.
    """
    for fits, rule in (
        (3 <= len(entry.name) <= 200, "name: 3 to 200 characters"),
        (_COUNTRY.fullmatch(entry.country) is not None, "country: two capital letters (ISO 3166-1)"),
        (entry.level in LEVELS, f"level: one of {', '.join(LEVELS)}"),
        (bool(entry.competence), "competence: at least one instrument"),
        (bool(entry.email_domains), "email_domains: at least one"),
        (all(_DOMAIN.fullmatch(d) for d in entry.email_domains), "email_domains: plain host names"),
        (bool(entry.callback_numbers), "callback_numbers: at least one"),
        (all(_CALLBACK.fullmatch(n) for n in entry.callback_numbers), "callback_numbers: with + and country code"),
        (_is_https(entry.source_url), "source_url: the https address of the official page"),
    ):
        if not fits:
            raise EntryInvalid(rule)


def entry_digest(authority: Authority) -> str:
    """What the public log holds of a confirmed entry: SHA-256 of its canonical JSON (docs/log-format.md)."""
    entry = authority.entry
    stated = {
        "authority_id": authority.authority_id,
        "name": entry.name,
        "country": entry.country,
        "kind": entry.kind.value,
        "callback_numbers": list(entry.callback_numbers),
        "source_url": entry.source_url,
    }
    return hashlib.sha256(rfc8785.dumps(stated)).hexdigest()


def check_second(first: str, second: str) -> None:
    """Refuse a confirmation by the person who took the step before.

    Raises:
        SecondPersonNeeded: they are the same.
    """
    if first == second:
        raise SecondPersonNeeded("another registrar has to confirm this")


def check_email(email: str, authority: Authority) -> str:
    """Check an officer's address against the domains of their authority: necessary, never sufficient.

    Raises:
        EntryInvalid: another domain, or no address.
    """
    address = email.strip().lower()
    local, _, domain = address.rpartition("@")
    if not local or len(address) > 254 or " " in address:
        raise EntryInvalid("email: an address of the authority")
    if not any(domain == known or domain.endswith(f".{known}") for known in authority.entry.email_domains):
        raise EntryInvalid("email: its domain is not one that the registry has for this authority")
    return address


def check_recipient(recipient: str) -> str:
    """Check an age recipient (X25519), to which deliveries are sealed.

    Raises:
        EntryInvalid: it is none.
    """
    recipient = recipient.strip()
    if not _AGE_RECIPIENT.fullmatch(recipient):
        raise EntryInvalid("age recipient: a public key that begins with age1")
    return recipient


def check_may_file(officer: Officer, authority: Authority, now: datetime) -> None:
    """Check that an officer may act at this time.

    Raises:
        OfficerExpired: with what is missing.
    """
    if officer.suspended_at is not None or authority.trust is Trust.SUSPENDED:
        raise OfficerExpired("this access is suspended; please call the operator")
    if officer.expires_at <= now:
        raise OfficerExpired("this access has expired; somebody of the operator has to vouch for it again")
    if authority.trust is Trust.NEW:
        raise OfficerExpired("the entry of this authority still has to be confirmed by a second registrar")


def is_current(authority: Authority, now: datetime) -> bool:
    """Whether two people vouch for an entry and their word is not too old."""
    return authority.trust is Trust.VERIFIED and authority.reverify_by is not None and now < authority.reverify_by


def new_token() -> str:
    """Draw an enrolment token of 256 bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """Hash a token; only the hash is stored."""
    return hashlib.sha256(token.encode()).digest()


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and len(url) <= 500
