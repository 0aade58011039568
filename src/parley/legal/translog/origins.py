"""The chain of a server's logs: how a new log says which one came before it, so that old receipts stay provable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from parley.legal.translog.errors import Malformed, ProofInvalid
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Stage, canonical, parse_object
from parley.legal.translog.receipts import Receipt, verify_receipt

SUBJECT = "new_origin"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a new log says at its beginning: its own name and key, why it began, and what came before it.

    `before_checkpoint` is the newest checkpoint of the old log that is still here, a whole note, or empty.
    """

    origin: str
    vkey: str
    reason: str
    before_origin: str
    before_vkey: str
    before_checkpoint: str

    def to_json(self) -> dict[str, Any]:
        """Give the announcement's JSON object."""
        before = {"origin": self.before_origin, "vkey": self.before_vkey, "checkpoint": self.before_checkpoint}
        return {"v": _VERSION, "origin": self.origin, "vkey": self.vkey, "reason": self.reason, "before": before}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Announcement:
        """Read one.

        Raises:
            Malformed: not an announcement.
        """
        try:
            before = raw["before"]
            own = [raw["origin"], raw["vkey"], raw["reason"]]
            values = [*own, before["origin"], before["vkey"], before["checkpoint"]]
        except (KeyError, TypeError):
            raise Malformed("not the announcement of a log") from None
        if raw.get("v") != _VERSION or not all(isinstance(value, str) for value in values):
            raise Malformed("not the announcement of a log")
        return cls(*values)

    def canonical(self) -> bytes:
        """Its JCS bytes."""
        return canonical(self.to_json())

    @property
    def digest(self) -> str:
        """What the new log's first entry holds: the SHA-256 of the JCS bytes, in hexadecimal."""
        return sha256(self.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """One log as `origins.json` lists it; `receipt` proves the announcement once the log's first batch came."""

    origin: str
    vkey: str
    path: str
    announcement: Announcement | None = None
    receipt: Receipt | None = None

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Origin:
        """Read one.

        Raises:
            Malformed: not an entry of `origins.json`.
        """
        try:
            said, receipt = raw.get("announcement"), raw.get("receipt")
            return cls(
                str(raw["origin"]),
                str(raw["vkey"]),
                str(raw["path"]),
                None if said is None else Announcement.from_json(said),
                None if receipt is None else Receipt.from_json(receipt),
            )
        except (KeyError, TypeError, AttributeError):
            raise Malformed("not an entry of origins.json") from None


def read_origins(data: bytes | str) -> list[Origin]:
    """Read `origins.json`, oldest log first.

    Raises:
        Malformed: it is not that.
    """
    logs = parse_object(data).get("logs")
    if not isinstance(logs, list):
        raise Malformed("origins.json lists logs")
    return [Origin.from_json(item) for item in logs]


def trace(origins: Sequence[Origin], trusted: VerifierKey, wanted: str) -> tuple[Origin, VerifierKey]:
    """Find the key of an older log, each link proven by the log that came after it, from the trusted key on.

    Raises:
        ProofInvalid: the chain does not lead to a log of this name, or a link is missing or false.
    """
    chain = list(origins)
    while chain and chain[-1].origin != trusted.name:
        chain.pop()
    key = trusted
    while chain:
        here = chain.pop()
        if here.vkey != str(key):
            raise ProofInvalid(f"origins.json names another key of {here.origin}")
        if here.origin == wanted:
            return here, key
        if chain:
            key = _step_back(here, key, chain[-1])
    raise ProofInvalid(f"no log of this server is known as {wanted}")


def _step_back(here: Origin, key: VerifierKey, before: Origin) -> VerifierKey:
    said, receipt = here.announcement, here.receipt
    if said is None or receipt is None:
        raise ProofInvalid(f"{here.origin} has not entered yet which log came before it")
    verify_receipt(receipt, key)
    opening = receipt.opening
    if (opening.stage, opening.subject, opening.sha256) != (Stage.RULES, SUBJECT, said.digest):
        raise ProofInvalid(f"{here.origin} entered another announcement")
    if (said.origin, said.vkey) != (here.origin, here.vkey) or said.before_origin != before.origin:
        raise ProofInvalid(f"the announcement of {here.origin} is of another log")
    return VerifierKey.parse(said.before_vkey)
