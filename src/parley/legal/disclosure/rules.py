"""Pure decisions about releases: the one spelling of a request, who may take which step, what is trimmed."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import rfc8785

from parley.core.ids import AccountId, DecisionId, StaffId
from parley.legal.disclosure.errors import (
    ReleaseClosed,
    ReleaseNotReady,
    RequestInvalid,
    SamePerson,
)
from parley.legal.disclosure.model import (
    WITH_CUSTODIANS,
    Approval,
    Field,
    NewRelease,
    Release,
    ReleaseRequest,
    ReleaseState,
    SignedRequest,
)
from parley.legal.translog.openings import Stage
from parley.legal.vault.model import Address
from parley.legal.vault.rules import LONGEST_RETENTION_DAYS, days_of

DECIDERS = 2
DELIVERY_LIFE = timedelta(days=14)
#: The officer's portal offers these; nothing else is stored as an answer.
ACK_STATUSES = ("received", "unreadable", "not_ours")

_HEX_32 = re.compile(r"[0-9a-f]{64}")
_AGE_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_DECISION = re.compile(r"[0-9a-f]{32}")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_MEMBERS = frozenset(ReleaseRequest.__dataclass_fields__)
_ADDRESS_FIELDS = frozenset({Field.IP, Field.PORT, Field.IP_TIME})


def new_nonce() -> str:
    """Draw a request's nonce: 32 random bytes in hexadecimal."""
    return secrets.token_hex(32)


def sign_ready(request: ReleaseRequest) -> SignedRequest:
    """Check a request and give the bytes that will be signed.

    Raises:
        RequestInvalid: its members contradict each other.
    """
    check_request(request)
    return SignedRequest(request, rfc8785.dumps(_to_json(request)))


def parse_request(data: bytes) -> SignedRequest:
    """Read a request; only the one canonical spelling is taken, so that what is signed is what is read.

    Raises:
        RequestInvalid: not canonical, a member missing or unknown, or members that contradict each other.
    """
    try:
        raw = json.loads(data)
        request = _from_json(raw)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise RequestInvalid("not a release request") from error
    signed = sign_ready(request)
    if signed.canonical != data:
        raise RequestInvalid("the release request is not in its canonical form")
    return signed


def _to_json(request: ReleaseRequest) -> dict[str, Any]:
    return {
        "nonce": request.nonce,
        "order_sha256": request.order_sha256,
        "account": int(request.account),
        "days": [day.isoformat() for day in request.days],
        "start": request.start.astimezone(UTC).strftime(_MOMENT),
        "end": request.end.astimezone(UTC).strftime(_MOMENT),
        "fields": [str(field) for field in request.fields],
        "recipient_key": request.recipient_key,
        "decision_id": request.decision_id,
    }


def _from_json(raw: dict[str, Any]) -> ReleaseRequest:
    if set(raw) != _MEMBERS or type(raw["account"]) is not int:
        raise RequestInvalid("a release request has other members")
    return ReleaseRequest(
        nonce=str(raw["nonce"]),
        order_sha256=str(raw["order_sha256"]),
        account=AccountId(raw["account"]),
        days=tuple(date.fromisoformat(day) for day in raw["days"]),
        start=_moment(raw["start"]),
        end=_moment(raw["end"]),
        fields=tuple(Field(field) for field in raw["fields"]),
        recipient_key=str(raw["recipient_key"]),
        decision_id=DecisionId(str(raw["decision_id"])),
    )


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)


def check_request(request: ReleaseRequest) -> None:
    """Check that a request says one thing only.

    Raises:
        RequestInvalid: with the rule that it breaks.
    """
    for fits, rule in _request_rules(request):
        if not fits:
            raise RequestInvalid(f"a release request {rule}")


def _request_rules(r: ReleaseRequest) -> Iterable[tuple[bool, str]]:
    wants_addresses = bool(_ADDRESS_FIELDS.intersection(r.fields))
    yield _HEX_32.fullmatch(r.nonce) is not None, "has a nonce of 32 bytes"
    yield _HEX_32.fullmatch(r.order_sha256) is not None, "names its order by SHA-256"
    yield 0 < r.account < 2**53, "names one account"
    yield bool(r.fields), "names at least one field"
    yield r.fields == tuple(field for field in Field if field in r.fields), "names each field once, in order"
    yield not wants_addresses or Field.IP in r.fields, "asks for ports or times only together with addresses"
    yield r.start < r.end and not (r.start.microsecond or r.end.microsecond), "has a range of whole seconds"
    yield (r.end - r.start).days <= LONGEST_RETENTION_DAYS, "asks for twelve months at most"
    yield r.days == (days_of(r.start, r.end) if wants_addresses else ()), "names exactly the days of its range"
    yield _AGE_KEY.fullmatch(r.recipient_key) is not None, "has an age recipient (X25519)"
    yield _DECISION.fullmatch(r.decision_id) is not None, "names its decision"


def filing_challenge(order_sha256: str, recipient_key: str) -> bytes:
    """What an officer's passkey signs when filing: SHA-256 of canonical `{order_sha256, recipient_key}`."""
    statement = {"order_sha256": order_sha256, "recipient_key": recipient_key}
    return hashlib.sha256(rfc8785.dumps(statement)).digest()


def check_new(new: NewRelease, now: datetime) -> SignedRequest:
    """Check that the parts of a new release belong together.

    Raises:
        RequestInvalid: the order's bytes, the officer, the range or the log entry do not fit the request.
    """
    signed = sign_ready(new.request)
    if hashlib.sha256(new.order_document).hexdigest() != new.request.order_sha256:
        raise RequestInvalid("the order's bytes are not those that the request names")
    if new.request.end > now:
        raise RequestInvalid("a release cannot reach into the future: nobody is watched from now on")
    if new.filing.person != new.officer:
        raise RequestInvalid("the order was filed by another officer")
    if new.opening.stage is not Stage.DECIDED or new.opening.result not in ("disclose", "disclose_partial"):
        raise RequestInvalid("only a decision to disclose is released")
    return signed


def check_approval(release: Release, staff: StaffId) -> None:
    """Check that this person may sign now.

    Raises:
        ReleaseClosed: it has its signatures already.
        SamePerson: this person has signed.
    """
    if release.state is not ReleaseState.PREPARED:
        raise ReleaseClosed("this release has its signatures already")
    if any(approval.staff_id == staff for approval in release.approvals):
        raise SamePerson("the second signature must come from a second person")


def decided(approvals: Iterable[Approval]) -> bool:
    """Whether enough different people have signed."""
    return len({approval.staff_id for approval in approvals}) >= DECIDERS


def check_peel(release: Release) -> None:
    """Check that it is the turn of custodians: they get packages and hand on their parts.

    Raises:
        ReleaseNotReady, ReleaseClosed: it is not the turn of custodians.
    """
    if release.state is ReleaseState.PREPARED:
        raise ReleaseNotReady("two people must sign this release first")
    if release.state not in WITH_CUSTODIANS:
        raise ReleaseClosed("this release was delivered or is closed")


def check_finish(release: Release, custodian: str) -> None:
    """Check that this custodian may be the last.

    Raises:
        ReleaseNotReady, ReleaseClosed: nobody has handed on anything yet, or it is over.
        SamePerson: this custodian has handed on their part.
    """
    if release.state in (ReleaseState.PREPARED, ReleaseState.DECIDED):
        raise ReleaseNotReady("another custodian must open their part first")
    if release.state is not ReleaseState.PEELED:
        raise ReleaseClosed("this release is closed")
    if custodian in release.handed_on:
        raise SamePerson("the last custodian must be another person than those before")


def trim(addresses: Iterable[Address], request: ReleaseRequest) -> tuple[Address, ...]:
    """Keep what lies in [start, end), oldest first; the records of a day reach beyond the range."""
    if Field.IP not in request.fields:
        return ()
    kept = (address for address in addresses if request.start <= address.at < request.end)
    return tuple(sorted(set(kept), key=lambda address: (address.at, address.ip.packed, address.port)))
