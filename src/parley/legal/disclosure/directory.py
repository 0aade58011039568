"""The wire form of the directory that custodians' tools pin from, and the fingerprints that people compare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parley.core.ids import CustodianId
from parley.legal.disclosure.model import Directory, PasskeyHolder, PinnableCustodian
from parley.legal.disclosure.package import decode, encode, number, reading, text
from parley.legal.disclosure.succession import Succession

_GROUPS, _GROUP = 8, 4


def fingerprint(kind: str, who: str, *keys: bytes) -> str:
    """Eight groups of four hexadecimal digits that two people can read to each other (128 bits of SHA-256)."""
    digest = hashlib.sha256()
    for part in (b"parley-pin-1", kind.encode(), who.encode(), *keys):
        digest.update(len(part).to_bytes(4, "big") + part)
    digits = digest.hexdigest()
    return " ".join(digits[i * _GROUP : (i + 1) * _GROUP] for i in range(_GROUPS))


def fingerprint_of_key(kind: str, key: str | bytes) -> str:
    """The fingerprint of a key that belongs to no person: `log`, `delivery` or `witness`."""
    return fingerprint(kind, "", key.encode() if isinstance(key, str) else key)


def fingerprint_of_passkey(kind: str, holder: PasskeyHolder) -> str:
    """The fingerprint of a decider's or officer's passkey."""
    return fingerprint(kind, holder.person, holder.credential_id, holder.public_key)


def fingerprint_of_custodian(custodian: PinnableCustodian) -> str:
    """The fingerprint of a custodian's sealing and cosigning keys."""
    keys = (custodian.number.to_bytes(2, "big"), custodian.seal_key, custodian.cosigner.encode())
    return fingerprint("custodian", custodian.custodian_id, *keys)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One line that somebody reads to a custodian: whose key it is, and its fingerprint."""

    kind: str
    who: str
    value: str


def fingerprints(listed: Directory) -> Iterator[Fingerprint]:
    """Give every fingerprint of a directory, in the order in which the custodians' tools ask for them."""
    yield Fingerprint("log", "the public log", fingerprint_of_key("log", listed.log_key))
    yield Fingerprint("delivery", "signs deliveries", fingerprint_of_key("delivery", listed.delivery_key))
    for kind, holders in (("decider", listed.deciders), ("officer", listed.officers)):
        for holder in holders:
            yield Fingerprint(kind, holder.name, fingerprint_of_passkey(kind, holder))
    for custodian in listed.custodians:
        yield Fingerprint("custodian", custodian.name, fingerprint_of_custodian(custodian))
    for witness in listed.witnesses:
        yield Fingerprint("witness", witness.split("+", 1)[0], fingerprint_of_key("witness", witness))


def to_json(directory: Directory) -> dict[str, Any]:
    """Give the directory as JSON."""
    return {
        "origin": directory.origin,
        "rp_id": directory.rp_id,
        "log_key": directory.log_key,
        "delivery_key": encode(directory.delivery_key),
        "deciders": [holder_to_json(item) for item in directory.deciders],
        "officers": [holder_to_json(item) for item in directory.officers],
        "custodians": [custodian_to_json(item) for item in directory.custodians],
        "witnesses": list(directory.witnesses),
        "successions": [one.to_json() for one in directory.successions],
    }


def from_json(raw: Any) -> Directory:
    """Read a directory; what is in it is believed only after people compared fingerprints.

    Raises:
        PackageInvalid: not a directory.
    """
    return reading(lambda: _read(raw))


def _read(raw: Mapping[str, Any]) -> Directory:
    return Directory(
        origin=text(raw["origin"]),
        rp_id=text(raw["rp_id"]),
        log_key=text(raw["log_key"]),
        delivery_key=decode(raw["delivery_key"], 32),
        deciders=tuple(holder_from_json(item) for item in raw["deciders"]),
        officers=tuple(holder_from_json(item) for item in raw["officers"]),
        custodians=tuple(custodian_from_json(item) for item in raw["custodians"]),
        witnesses=tuple(text(item) for item in raw["witnesses"]),
        successions=tuple(Succession.from_json(item) for item in raw.get("successions", [])),
    )


def holder_to_json(item: PasskeyHolder) -> dict[str, Any]:
    """Give a person's passkey as JSON."""
    keys = {"credential_id": encode(item.credential_id), "public_key": encode(item.public_key)}
    return {"person": item.person, "name": item.name, **keys}


def holder_from_json(raw: Mapping[str, Any]) -> PasskeyHolder:
    """Read a person's passkey; call it inside `reading`."""
    credential, key = decode(raw["credential_id"]), decode(raw["public_key"])
    return PasskeyHolder(text(raw["person"]), text(raw["name"]), credential, key)


def custodian_to_json(item: PinnableCustodian) -> dict[str, Any]:
    """Give a custodian's public keys as JSON."""
    return {
        "custodian_id": item.custodian_id,
        "number": item.number,
        "name": item.name,
        "seal_key": encode(item.seal_key),
        "cosigner": item.cosigner,
    }


def custodian_from_json(raw: Mapping[str, Any]) -> PinnableCustodian:
    """Read a custodian's public keys; call it inside `reading`."""
    return PinnableCustodian(
        CustodianId(text(raw["custodian_id"])),
        number(raw["number"]),
        text(raw["name"]),
        decode(raw["seal_key"], 32),
        text(raw["cosigner"]),
    )
