"""Openings and leaves: what a public leaf commits to, so that it says nothing until it is opened.

`commitment = HMAC-SHA256(key = 32-byte salt, message = JCS of the opening)`; JCS is RFC 8785. Every leaf has
the same number of bytes, whatever it commits to.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import sha256
from typing import Any

import rfc8785

from parley.legal.translog.errors import Malformed, ProofInvalid
from parley.legal.translog.merkle import leaf_hash

VERSION = 1
SALT_BYTES = 32
_DIGITS = 12
_LEAF = re.compile(
    rb'\{"batch":"(?P<batch>\d{12})","commitment":"(?P<commitment>[0-9a-f]{64})","seq":"(?P<seq>\d{12})","v":1\}'
)
#: Longer than any honest opening; what is longer is refused at the door.
MAX_OPENING_BYTES = 4096
_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Stage(StrEnum):
    """What an entry records."""

    RECEIVED = "received"
    VERIFIED = "verified"
    DECIDED = "decided"
    DISCLOSED = "disclosed"
    NOTIFIED = "notified"
    CLOSED = "closed"
    FAKE = "fake"
    PRESERVED = "preserved"
    REGISTRY = "registry"
    RULES = "rules"
    AUDIT_HEAD = "audit_head"
    PADDING = "padding"


#: The stages in the life of one order; each names it by `order_ref`, country and instrument.
ORDER_STAGES = frozenset(
    {
        Stage.RECEIVED,
        Stage.VERIFIED,
        Stage.DECIDED,
        Stage.DISCLOSED,
        Stage.NOTIFIED,
        Stage.CLOSED,
        Stage.FAKE,
        Stage.PRESERVED,
    }
)
DISCLOSABLE = ("phone", "ip", "port", "ip_time")
RESULTS = ("disclose", "disclose_partial", "form3", "refuse", "refer_mlat")
OUTCOMES = ("full", "partial", "none_held", "refused", "withdrawn", "referred")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a leaf commits to. Only what reports count and what a release binds; nobody's name or number.

    `order_ref` is a random id that stands for the order in the log alone. Times are whole minutes between two
    events, so that no opening dates an event more closely than its batch. `sha256` is the hash of what a
    `registry` or `rules` entry changed (`subject` says what that was), or the head of the audit trail. The
    trail's length stays out: it would tell on how many days people were busy with an order under a gag.
    """

    stage: Stage
    order_ref: str | None = None
    country: str | None = None
    instrument: str | None = None
    authority_kind: str | None = None
    emergency: bool | None = None
    statement_category: str | None = None
    accounts: int | None = None
    users: int | None = None
    fields: tuple[str, ...] | None = None
    gag: bool | None = None
    content: bool | None = None
    minutes_to_receipt: int | None = None
    minutes_to_effect: int | None = None
    result: str | None = None
    reason: str | None = None
    outcome: str | None = None
    notice: str | None = None
    challenged: bool | None = None
    challenge_won: bool | None = None
    validated: bool | None = None
    release_sha256: str | None = None
    subject: str | None = None
    sha256: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the members that are set, ready for JCS."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: _plain(value) for name, value in values.items() if value is not None}

    def canonical(self) -> bytes:
        """The opening's JCS bytes."""
        return canonical(self.to_json())

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Opening:
        """Read and check an opening.

        Raises:
            Malformed: an unknown member, a wrong type, or a member that the stage needs is missing.
        """
        if raw == _PADDING_JSON:
            return PADDING  # nearly all leaves of a quiet log
        unknown = set(raw) - {item.name for item in fields(cls)}
        if unknown:
            raise Malformed(f"an opening has no member {sorted(unknown)[0]!r}")
        values = {name: value for name, value in raw.items() if value is not None}
        try:
            stage = Stage(values.pop("stage", ""))
        except ValueError:
            raise Malformed("an opening names its stage") from None
        if isinstance(values.get("fields"), list | tuple):
            values["fields"] = tuple(values["fields"])
        opening = cls(stage, **values)
        check(opening)
        return opening


PADDING = Opening(Stage.PADDING)
_PADDING_JSON = {"stage": "padding"}


def canonical(raw: Mapping[str, Any]) -> bytes:
    """Write a JSON object in its one canonical form (RFC 8785).

    Raises:
        Malformed: it holds something that JSON cannot.
    """
    try:
        return rfc8785.dumps(dict(raw))
    except rfc8785.CanonicalizationError as error:
        raise Malformed("not canonical JSON") from error


def check(opening: Opening) -> None:
    """Check an opening's members.

    Raises:
        Malformed: it breaks the rule that the message names.
    """
    if opening.stage is Stage.PADDING and opening != Opening(Stage.PADDING):
        raise Malformed("padding says nothing but its stage")
    if opening.stage in ORDER_STAGES:
        _check_order(opening)
    elif opening.order_ref is not None:
        raise Malformed(f"an entry of stage {opening.stage} belongs to no order")
    if opening.stage in (Stage.REGISTRY, Stage.RULES, Stage.AUDIT_HEAD) and opening.sha256 is None:
        raise Malformed(f"an entry of stage {opening.stage} has a sha256")
    _check_types(opening)
    _check_words(opening)
    if len(opening.canonical()) > MAX_OPENING_BYTES:
        raise Malformed("the opening is too long")


def commitment(salt: bytes, opening: Opening | Mapping[str, Any]) -> bytes:
    """Commit to an opening: HMAC-SHA256 under a salt of 32 bytes.

    Raises:
        Malformed: the salt has another length.
    """
    if len(salt) != SALT_BYTES:
        raise Malformed("a salt has 32 bytes")
    message = opening.canonical() if isinstance(opening, Opening) else canonical(opening)
    return hmac.digest(salt, message, sha256)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the tree: `seq` is its index in the log, `batch` the number of the batch that brought it."""

    seq: int
    batch: int
    commitment: bytes

    def encode(self) -> bytes:
        """Write the leaf: JCS with the numbers as strings of 12 digits, so that every leaf is equally long."""
        return (
            f'{{"batch":"{self.batch:0{_DIGITS}d}","commitment":"{self.commitment.hex()}",'
            f'"seq":"{self.seq:0{_DIGITS}d}","v":{VERSION}}}'
        ).encode()

    @classmethod
    def decode(cls, data: bytes) -> Leaf:
        """Read a leaf.

        Raises:
            Malformed: not exactly a leaf's bytes.
        """
        match = _LEAF.fullmatch(data)
        if match is None:
            raise Malformed("not a leaf of this log")
        return cls(int(match["seq"]), int(match["batch"]), bytes.fromhex(match["commitment"].decode()))

    @property
    def hash(self) -> bytes:
        """The leaf's hash in the tree."""
        return leaf_hash(self.encode())


#: The length of every leaf.
LEAF_BYTES = len(Leaf(0, 0, bytes(32)).encode())


def verify_opening(leaf: Leaf, salt: bytes, opening: Opening | Mapping[str, Any]) -> None:
    """Check that a leaf commits to this opening.

    Raises:
        ProofInvalid: it commits to something else.
    """
    if not hmac.compare_digest(leaf.commitment, commitment(salt, opening)):
        raise ProofInvalid("the leaf commits to another opening")


def parse_object(data: bytes | str) -> dict[str, Any]:
    """Read a JSON object that outsiders wrote.

    Raises:
        Malformed: not a JSON object.
    """
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(raw, dict):
        raise Malformed("not a JSON object")
    return raw


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _check_order(opening: Opening) -> None:
    for name in ("order_ref", "country", "instrument"):
        if getattr(opening, name) is None:
            raise Malformed(f"an entry of stage {opening.stage} has a member {name!r}")
    if not _COUNTRY.fullmatch(opening.country or ""):
        raise Malformed("a country is two capital letters (ISO 3166-1)")
    if opening.stage is Stage.DECIDED and opening.result not in RESULTS:
        raise Malformed("a decision has a result")


_NUMBERS = ("accounts", "users", "minutes_to_receipt", "minutes_to_effect")
_TRUTHS = ("emergency", "gag", "content", "challenged", "challenge_won", "validated")
_WORDS = (
    "order_ref",
    "country",
    "instrument",
    "authority_kind",
    "statement_category",
    "result",
    "reason",
    "outcome",
    "notice",
    "subject",
)
_CHOICES = {"result": RESULTS, "outcome": OUTCOMES, "notice": ("before", "after")}


def _check_types(opening: Opening) -> None:
    for name in _NUMBERS:
        value = getattr(opening, name)
        if value is not None and (type(value) is not int or not 0 <= value < 2**53):
            raise Malformed(f"{name!r} is a whole number")
    for name in _TRUTHS:
        if not isinstance(getattr(opening, name), bool | None):
            raise Malformed(f"{name!r} is true or false")
    if opening.fields is not None and (
        not isinstance(opening.fields, tuple) or not set(map(str, opening.fields)) <= set(DISCLOSABLE)
    ):
        raise Malformed(f"'fields' are among {', '.join(DISCLOSABLE)}")


def _check_words(opening: Opening) -> None:
    for name in _WORDS:
        value = getattr(opening, name)
        if value is not None and not (isinstance(value, str) and _WORD.fullmatch(value)):
            raise Malformed(f"{name!r} is one short word")
    for name, allowed in _CHOICES.items():
        if getattr(opening, name) not in (None, *allowed):
            raise Malformed(f"{name!r} is among {', '.join(allowed)}")
    for name in ("release_sha256", "sha256"):
        value = getattr(opening, name)
        if value is not None and not (isinstance(value, str) and _HEX.fullmatch(value)):
            raise Malformed(f"{name!r} is 64 hexadecimal digits")
