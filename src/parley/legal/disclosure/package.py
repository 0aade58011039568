"""The wire forms between server and custodians' tools: the package to open, the shares handed on, the result.

Everything that arrives here was written by somebody else: either side reads strictly and trusts nothing
before it has verified it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from parley.core.ids import AccountId, CustodianId
from parley.legal.disclosure.errors import PackageInvalid
from parley.legal.disclosure.model import PasskeySignature
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.receipts import Receipt
from parley.legal.vault.envelopes import SEALED_RECORD_SIZE, SEALED_SHARE_SIZE
from parley.legal.vault.model import KeyName, SealedRecord, Share

T = TypeVar("T")
VERSION = 2


@dataclass(frozen=True, slots=True)
class PassedShare:
    """What a custodian hands to a later one for this release alone, sealed to them: their half of a key, or the
    whole of one that came together in their hands."""

    name: KeyName
    sender: int
    receiver: int
    sealed: bytes
    whole: bool = False


@dataclass(frozen=True, slots=True)
class PackagedKey:
    """A day key as one custodian gets it: their own shares, and what others passed to them."""

    name: KeyName
    public_key: bytes
    shares: tuple[Share, ...]
    passed: tuple[PassedShare, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """Everything that a custodian's tool needs to check a release and to open its part.

    `earlier` are the custodians who have handed on their part. Whoever is `last` has every key and gets the sealed
    records, and the phone number if it is released. `given_up` are days that nobody can open any more.
    """

    release_id: str
    delivery_id: str
    request: bytes
    order: bytes
    filing: PasskeySignature
    approvals: tuple[PasskeySignature, ...]
    receipt: Receipt
    keys: tuple[PackagedKey, ...]
    earlier: tuple[CustodianId, ...] = ()
    last: bool = False
    given_up: tuple[date, ...] = ()
    records: tuple[SealedRecord, ...] = ()
    phone: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the package as JSON."""
        return {
            "v": VERSION,
            "release_id": self.release_id,
            "delivery_id": self.delivery_id,
            "request": encode(self.request),
            "order": encode(self.order),
            "filing": _signature_out(self.filing),
            "approvals": [_signature_out(item) for item in self.approvals],
            "receipt": self.receipt.to_json(),
            "keys": [_key_out(item) for item in self.keys],
            "earlier": list(self.earlier),
            "last": self.last,
            "given_up": [day.isoformat() for day in self.given_up],
            "records": [_record_out(item) for item in self.records],
            "phone": self.phone,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Package:
        """Read a package; nothing is verified yet.

        Raises:
            PackageInvalid: not a package of this version.
        """
        return reading(lambda: _package_in(raw))


def passed_to_json(passed: Sequence[PassedShare]) -> list[dict[str, Any]]:
    """Give passed shares as JSON."""
    return [
        {
            **name_to_json(item.name),
            "sender": item.sender,
            "receiver": item.receiver,
            "sealed": encode(item.sealed),
            "whole": item.whole,
        }
        for item in passed
    ]


def passed_from_json(raw: Any) -> tuple[PassedShare, ...]:
    """Read passed shares.

    Raises:
        PackageInvalid: not a list of them.
    """
    return reading(lambda: tuple(_passed_in(item) for item in raw))


def encode(raw: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(raw).decode()


def decode(text: str, size: int | None = None) -> bytes:
    """Base64 text as bytes, of exactly `size` when given.

    Raises:
        PackageInvalid: not base64, or another length.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise PackageInvalid("not base64") from error
    if size is not None and len(raw) != size:
        raise PackageInvalid(f"expected {size} bytes")
    return raw


def reading(read: Callable[[], T]) -> T:
    """Run a reader of foreign JSON and turn everything that can go wrong with its shape into one error.

    Raises:
        PackageInvalid: the JSON has another shape.
    """
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, TranslogError) as error:
        raise PackageInvalid("not of the form that this version reads") from error


def text(value: Any) -> str:
    """Take a JSON string.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def number(value: Any) -> int:
    """Take a JSON whole number.

    Raises:
        TypeError: it is none.
    """
    if type(value) is not int:
        raise TypeError("a number was expected")
    return value


def truth(value: Any) -> bool:
    """Take a JSON true or false.

    Raises:
        TypeError: it is neither.
    """
    if type(value) is not bool:
        raise TypeError("true or false was expected")
    return value


def _package_in(raw: Mapping[str, Any]) -> Package:
    if raw["v"] != VERSION:
        raise ValueError("another version")
    return Package(
        release_id=text(raw["release_id"]),
        delivery_id=text(raw["delivery_id"]),
        request=decode(raw["request"]),
        order=decode(raw["order"]),
        filing=_signature_in(raw["filing"]),
        approvals=tuple(_signature_in(item) for item in raw["approvals"]),
        receipt=Receipt.from_json(raw["receipt"]),
        keys=tuple(_key_in(item) for item in raw["keys"]),
        earlier=tuple(CustodianId(text(one)) for one in raw["earlier"]),
        last=truth(raw["last"]),
        given_up=tuple(date.fromisoformat(day) for day in raw["given_up"]),
        records=tuple(_record_in(item) for item in raw["records"]),
        phone=None if raw["phone"] is None else text(raw["phone"]),
    )


def _signature_out(item: PasskeySignature) -> dict[str, Any]:
    return {"person": item.person, "credential_id": encode(item.credential_id), "assertion": item.assertion}


def _signature_in(raw: Mapping[str, Any]) -> PasskeySignature:
    return PasskeySignature(text(raw["person"]), decode(raw["credential_id"]), text(raw["assertion"]))


def name_to_json(name: KeyName) -> dict[str, Any]:
    """Give a key's name as JSON; the id as text, since it does not fit a JavaScript number."""
    return {"account": int(name.account), "day": name.day.isoformat(), "key_id": str(name.key_id)}


def name_from_json(raw: Mapping[str, Any]) -> KeyName:
    """Read a key's name; call it inside `reading`."""
    return KeyName(AccountId(number(raw["account"])), date.fromisoformat(raw["day"]), int(text(raw["key_id"])))


def _record_out(item: SealedRecord) -> dict[str, Any]:
    return {**name_to_json(item.name), "record_id": str(item.record_id), "sealed": encode(item.sealed)}


def _record_in(raw: Mapping[str, Any]) -> SealedRecord:
    return SealedRecord(name_from_json(raw), int(text(raw["record_id"])), decode(raw["sealed"], SEALED_RECORD_SIZE))


def _passed_in(raw: Mapping[str, Any]) -> PassedShare:
    sealed = decode(raw["sealed"], SEALED_SHARE_SIZE)
    sender, receiver = number(raw["sender"]), number(raw["receiver"])
    return PassedShare(name_from_json(raw), sender, receiver, sealed, truth(raw["whole"]))


def share_to_json(share: Share) -> dict[str, Any]:
    """Give one share as JSON."""
    return {
        "holder": share.holder,
        "partner": share.partner,
        "key_no": share.key_no,
        "sealed": encode(share.sealed),
    }


def share_from_json(raw: Mapping[str, Any]) -> Share:
    """Read one share; call it inside `reading`."""
    sealed = decode(raw["sealed"], SEALED_SHARE_SIZE)
    return Share(number(raw["holder"]), number(raw["partner"]), number(raw["key_no"]), sealed)


def _key_out(item: PackagedKey) -> dict[str, Any]:
    return {
        **name_to_json(item.name),
        "public_key": encode(item.public_key),
        "shares": [share_to_json(share) for share in item.shares],
        "passed": passed_to_json(item.passed),
    }


def _key_in(raw: Mapping[str, Any]) -> PackagedKey:
    return PackagedKey(
        name_from_json(raw),
        decode(raw["public_key"], 32),
        tuple(share_from_json(share) for share in raw["shares"]),
        tuple(_passed_in(item) for item in raw["passed"]),
    )
