"""Values of the vault: custodians, sealed records, day keys and the shares in which their private halves lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from parley.core.ids import AccountId, CustodianId, TaskId


@dataclass(frozen=True, slots=True)
class Address:
    """Where an account connected from, and when (UTC, to the millisecond); the port is None when nobody told."""

    ip: IPv4Address | IPv6Address
    port: int | None
    at: datetime


class CustodianStatus(StrEnum):
    """Active: new day keys are wrapped for them. Leaving: they open and move older days only. Left: neither."""

    ACTIVE = "active"
    LEAVING = "leaving"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Custodian:
    """A person of the operator who holds one half of every pair that they are part of.

    `number` names them inside packed shares; `key_no` counts their sealing keys, so that a rotation can be
    told from a stale share. `first_day` is the first UTC day whose keys are wrapped for them.
    `policy_minimum` cosignatures by `policy_of` are what their tool demands before it opens, as it reported.
    """

    custodian_id: CustodianId
    number: int
    name: str
    seal_key: bytes
    sign_key: bytes
    cosigner: str
    key_no: int
    first_day: date
    joined_at: datetime
    status: CustodianStatus = CustodianStatus.ACTIVE
    leaving_at: datetime | None = None
    left_at: datetime | None = None
    leave_reason: str | None = None
    policy_minimum: int | None = None
    policy_of: tuple[str, ...] = ()

    @property
    def serving(self) -> bool:
        """Whether they may still use their keys."""
        return self.status is not CustodianStatus.LEFT


@dataclass(frozen=True, slots=True)
class SealingKey:
    """What the sealer needs of a custodian, and all that its database role may read."""

    number: int
    key_no: int
    seal_key: bytes
    first_day: date


@dataclass(frozen=True, slots=True)
class KeyName:
    """Names one day key: the account, the UTC day, and which of its keys."""

    account: AccountId
    day: date
    key_id: int


@dataclass(frozen=True, slots=True)
class Share:
    """One half of a day's private key for one custodian of one pair, sealed to that custodian.

    Either half alone is a uniformly random string; the two of a pair combine to the private key.
    """

    holder: int
    partner: int
    key_no: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class DayKey:
    """A day's public key and its packed shares, encrypted under the erasure key named `erasure_id`.

    `pairs` names the pairs that it was split for, as `losses.write_pairs` does; None where that was not read. `tag`
    tells a sealer that it may seal to this key again; None where none may.
    """

    name: KeyName
    public_key: bytes
    erasure_id: str
    shares: bytes
    pairs: str | None = None
    tag: bytes | None = None


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One sealed address: 26 bytes sealed to the day key, 74 bytes in all, whatever it holds."""

    name: KeyName
    record_id: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Hold:
    """A preservation snapshot of one task; it lapses by itself at `until`; `phone` is sealed (`held_numbers`)."""

    hold_id: str
    task_id: TaskId
    account: AccountId
    start: datetime
    end: datetime
    until: datetime
    made_at: datetime
    records: int
    phone: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """What the start page and the policy page say: is any address kept, for how long, who must agree."""

    enabled: bool
    custodians: int
    retention_days: int


@dataclass(frozen=True, slots=True)
class EnrolmentToken:
    """A one-time token for `parley custodian enrol`, shown once; the database keeps its hash only."""

    token: str
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a custodian's tool registers: public keys only, and proof that it holds the signing key."""

    token: str
    seal_key: bytes
    sign_key: bytes
    cosigner: str
    proof: bytes
