"""Pure decisions of the vault: the record's format, whose keys a day is wrapped for, and how long a day is kept."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from itertools import combinations

from parley.core import networks
from parley.legal.vault.errors import MalformedRecord, PolicyInvalid, ReasonMissing, RetentionInvalid
from parley.legal.vault.model import Address, Hold, SealingKey

#: 16 bytes of address (IPv4 as IPv4-mapped IPv6, RFC 4291 2.5.5.2), the port, the time in ms since 1970.
_RECORD = struct.Struct(">16sHQ")
RECORD_SIZE = _RECORD.size
#: No connection comes from port 0: in a record it says that the port is unknown.
_NO_PORT = 0

MIN_CUSTODIANS = 2
#: n custodians cost n(n-1) seals for every account and day: 20 at five.
MAX_CUSTODIANS = 5

#: Reg. (EU) 2016/679 Art. 5(1)(e) as this product reads it: never more than twelve months.
LONGEST_RETENTION_DAYS = 365
#: What an account may ask for; each is an erasure key of its own per day, so there are few.
ACCOUNT_RETENTIONS = (1, 3, 7, 14)

ENROLMENT_LIFE = timedelta(days=3)
#: Other processes may seal for a leaver for some seconds more, and the day must be counted before it is judged.
SHORTEST_LEAVE = timedelta(days=1)
LONGEST_REASON = 1000
_MOST_COSIGNERS = 50


def pack(address: Address) -> bytes:
    """Write an address as the 26 bytes that are sealed.

    Raises:
        MalformedRecord: the port or the time does not fit.
    """
    ip = address.ip
    wide = IPv6Address(f"::ffff:{ip}") if isinstance(ip, IPv4Address) else ip
    try:
        return _RECORD.pack(wide.packed, address.port or _NO_PORT, milliseconds(address.at))
    except struct.error as error:
        raise MalformedRecord("a port is 0 to 65535 and a time is after 1970") from error


def unpack(record: bytes) -> Address:
    """Read what `pack` wrote; an IPv4-mapped address comes back as IPv4.

    Raises:
        MalformedRecord: not 26 bytes, or a time that no calendar has.
    """
    if len(record) != RECORD_SIZE:
        raise MalformedRecord(f"a record has {RECORD_SIZE} bytes")
    packed, port, at_ms = _RECORD.unpack(record)
    wide = IPv6Address(packed)
    try:
        at = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(milliseconds=at_ms % 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedRecord("a record's time is out of range") from error
    return Address(networks.plain(wide), port or None, at)


def parse_ip(text: str) -> IPv4Address | IPv6Address:
    """Read an address as a socket or a proxy gives it.

    Raises:
        MalformedRecord: it is no IP address.
    """
    try:
        return networks.parse_ip(text)
    except ValueError as error:
        raise MalformedRecord("not an IP address") from error


def address(ip: str, port: int, at: datetime) -> Address:
    """Make an address of what a connection tells.

    Raises:
        MalformedRecord: no IP address, or no port.
    """
    if not 0 <= port <= 65535:
        raise MalformedRecord("a port is 0 to 65535")
    return Address(parse_ip(ip), port or None, at)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time, rounded down."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def day_of(moment: datetime) -> date:
    """The UTC day of an aware time: days of the vault are UTC days."""
    return moment.astimezone(UTC).date()


def days_of(start: datetime, end: datetime) -> tuple[date, ...]:
    """Every UTC day that the half-open range [start, end) touches."""
    if end <= start:
        return ()
    first, last = day_of(start), day_of(end - timedelta(microseconds=1))
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def enough(keys: Sequence[object]) -> bool:
    """Whether there are custodians enough that one alone can open nothing."""
    return len(keys) >= MIN_CUSTODIANS


def eligible(keys: Iterable[SealingKey], day: date) -> tuple[SealingKey, ...]:
    """The custodians for whom a key of `day` is wrapped: those who had joined when the day began."""
    return tuple(sorted((key for key in keys if key.first_day <= day), key=lambda key: key.number))


def pairs(keys: Sequence[SealingKey]) -> tuple[tuple[SealingKey, SealingKey], ...]:
    """Every pair of custodians; any of them opens, no single custodian does."""
    return tuple(combinations(keys, 2))


def first_day(joined_at: datetime, sealed_on_that_day: bool) -> date:
    """The first day that a new custodian can open.

    A day begins with its first sealed address. So whoever joins before that can open the whole day, and
    whoever joins later begins with the next: nothing recorded before the joining ever opens for them.
    """
    today = day_of(joined_at)
    return today + timedelta(days=1) if sealed_on_that_day else today


def reason(why: str) -> str:
    """Give a reason as it is recorded.

    Raises:
        ReasonMissing: there is none.
    """
    if not why.strip():
        raise ReasonMissing("say why: it goes into the audit trail")
    return why.strip()[:LONGEST_REASON]


def check_policy(minimum: int, names: Sequence[str]) -> None:
    """Check what a custodian's tool says that it demands.

    Raises:
        PolicyInvalid: more cosignatures than there are cosigners, or names that nobody has.
    """
    if not 1 <= minimum <= len(names) <= _MOST_COSIGNERS or any(not 0 < len(name) <= 200 for name in names):
        raise PolicyInvalid("a policy demands at least one cosignature, of as many cosigners at least")


def check_retention(days: int, operator_days: int) -> int:
    """Give back an account's own retention in days.

    Raises:
        RetentionInvalid: it is not offered, or not shorter than the operator's.
    """
    if days not in ACCOUNT_RETENTIONS or days >= min(operator_days, LONGEST_RETENTION_DAYS):
        offered = [n for n in ACCOUNT_RETENTIONS if n < operator_days]
        raise RetentionInvalid(f"an account can choose {', '.join(map(str, offered))} days")
    return days


def erasure_id(day: date, retention: int | None) -> str:
    """Name the erasure key of a day: one for everybody, and one for each shorter retention."""
    return day.isoformat() if retention is None else f"{day.isoformat()}.{retention}"


def erasure_id_of_hold(hold_id: str) -> str:
    """Name the erasure key of a preservation snapshot."""
    return f"hold-{hold_id}"


def expired(name: str, today: date, operator_days: int) -> bool:
    """Whether the erasure key called `name` has to be shredded; the keys of holds lapse with their holds.

    A day is kept for `operator_days` full days after it ends, an account's shorter choice likewise.
    """
    stem, _, own = name.partition(".")
    try:
        day = date.fromisoformat(stem)
        days = min(operator_days, LONGEST_RETENTION_DAYS, int(own) if own else LONGEST_RETENTION_DAYS)
    except ValueError:
        return False
    return day < oldest_kept(today, days)


def oldest_kept(today: date, days: int) -> date:
    """The oldest day that is still kept on `today` with a retention of `days`."""
    return today - timedelta(days=days)


def lapsed(holds: Iterable[Hold], now: datetime) -> tuple[str, ...]:
    """The holds that have lapsed and whose erasure keys go."""
    return tuple(hold.hold_id for hold in holds if hold.until <= now)
