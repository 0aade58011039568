"""What a custodian's tool believes: keys whose fingerprints people compared, and nothing that the server says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from parley.legal.disclosure import directory as directories
from parley.legal.disclosure.model import Directory, PasskeyHolder, PinnableCustodian
from parley.legal.disclosure.package import decode, encode, number, text
from parley.legal.disclosure.succession import follows
from parley.legal.translog.notes import VerifierKey

_GONE: Final = "not listed any more"


@dataclass(frozen=True, slots=True)
class Pins:
    """Pinned keys. `minimum` is how many cosignatures by others a release needs; where `counted` names verifier
    keys, only theirs count."""

    origin: str
    rp_id: str
    log_key: str
    delivery_key: bytes
    deciders: tuple[PasskeyHolder, ...] = ()
    officers: tuple[PasskeyHolder, ...] = ()
    custodians: tuple[PinnableCustodian, ...] = ()
    witnesses: tuple[str, ...] = ()
    minimum: int = 1
    counted: tuple[str, ...] = ()

    def cosigners(self, own: str) -> tuple[VerifierKey, ...]:
        """Whose cosignatures count: pinned witnesses and custodians, never the tool's own key."""
        texts = {*self.witnesses, *(custodian.cosigner for custodian in self.custodians)} - {own}
        if self.counted:
            texts &= set(self.counted)
        return tuple(VerifierKey.parse(item) for item in sorted(texts))

    def custodian(self, custodian_number: int) -> PinnableCustodian | None:
        """The pinned custodian with this number."""
        return next((one for one in self.custodians if one.number == custodian_number), None)

    def to_json(self) -> dict[str, Any]:
        """Give the pins as JSON, for the encrypted part of the key file."""
        return {
            "origin": self.origin,
            "rp_id": self.rp_id,
            "log_key": self.log_key,
            "delivery_key": encode(self.delivery_key),
            "deciders": [directories.holder_to_json(one) for one in self.deciders],
            "officers": [directories.holder_to_json(one) for one in self.officers],
            "custodians": [directories.custodian_to_json(one) for one in self.custodians],
            "witnesses": list(self.witnesses),
            "minimum": self.minimum,
            "counted": list(self.counted),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Pins:
        """Read pins; call it inside `package.reading`."""
        return cls(
            origin=text(raw["origin"]),
            rp_id=text(raw["rp_id"]),
            log_key=text(raw["log_key"]),
            delivery_key=decode(raw["delivery_key"], 32),
            deciders=tuple(directories.holder_from_json(one) for one in raw["deciders"]),
            officers=tuple(directories.holder_from_json(one) for one in raw["officers"]),
            custodians=tuple(directories.custodian_from_json(one) for one in raw["custodians"]),
            witnesses=tuple(text(one) for one in raw["witnesses"]),
            minimum=number(raw["minimum"]),
            counted=tuple(text(one) for one in raw.get("counted", [])),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what is pinned and what the server lists; `apply` takes it over into pins.

    `removes` is for what is pinned and not listed any more.
    """

    kind: str
    label: str
    fingerprint: str
    note: str
    apply: Callable[[Pins], Pins]
    removes: bool = False


def changes(pins: Pins, listed: Directory, me: str, own_cosigner: str) -> Iterator[Change]:
    """Give one difference after the other; `me` and `own_cosigner` are the tool's own and need no pin."""
    steps = (_site_keys, _passkeys, _custodians, _witnesses)
    for step in steps:
        yield from step(pins, listed, me, own_cosigner)


def _site_keys(pins: Pins, listed: Directory, me: str, own: str) -> Iterator[Change]:
    if listed.log_key != pins.log_key:
        shown = directories.fingerprint_of_key("log", listed.log_key)
        note = "CHANGED: a log gets a new key only with a public reason; ask for it"
        yield Change("log key", listed.log_key, shown, note, lambda p: replace(p, log_key=listed.log_key))
    if listed.delivery_key != pins.delivery_key:
        shown = directories.fingerprint_of_key("delivery", listed.delivery_key)
        known = follows(pins.delivery_key, listed.delivery_key, listed.successions)
        note = "SUCCEEDED: the key that you pinned signed it over" if known else "CHANGED: ask the operator why"
        yield Change(
            "delivery key", "signs manifests", shown, note, lambda p: replace(p, delivery_key=listed.delivery_key)
        )


def _passkeys(pins: Pins, listed: Directory, me: str, own: str) -> Iterator[Change]:
    for kind, pinned, offered in (
        ("decider", pins.deciders, listed.deciders),
        ("officer", pins.officers, listed.officers),
    ):
        for holder in (one for one in offered if one not in pinned):
            known = any(one.person == holder.person for one in pinned)
            note = "CHANGED: a further or other passkey" if known else "new"
            yield _of_passkey(kind, holder, note, keep=True)
        for holder in (one for one in pinned if one not in offered):
            yield _of_passkey(kind, holder, _GONE, keep=False)


def _of_passkey(kind: str, holder: PasskeyHolder, note: str, *, keep: bool) -> Change:
    def apply(pins: Pins) -> Pins:
        pinned = pins.deciders if kind == "decider" else pins.officers
        others = tuple(one for one in pinned if one.credential_id != holder.credential_id)
        new = (*others, holder) if keep else tuple(one for one in pinned if one != holder)
        return replace(pins, deciders=new) if kind == "decider" else replace(pins, officers=new)

    shown = directories.fingerprint_of_passkey(kind, holder)
    return Change(kind, holder.name, shown, note, apply, removes=not keep)


def _custodians(pins: Pins, listed: Directory, me: str, own: str) -> Iterator[Change]:
    for custodian in listed.custodians:
        if custodian.custodian_id == me or custodian in pins.custodians:
            continue
        known = any(one.custodian_id == custodian.custodian_id for one in pins.custodians)
        note = "CHANGED: they changed their keys, ask them" if known else "new"
        shown = directories.fingerprint_of_custodian(custodian)
        yield Change("custodian", custodian.name, shown, note, partial(_with_custodian, custodian))
    there = {one.custodian_id for one in listed.custodians}
    for custodian in (one for one in pins.custodians if one.custodian_id not in there):
        shown = directories.fingerprint_of_custodian(custodian)
        note = "they hold no keys any more; their cosignature counts until you say yes"
        yield Change("custodian", custodian.name, shown, note, partial(_without_custodian, custodian), removes=True)


def _witnesses(pins: Pins, listed: Directory, me: str, own: str) -> Iterator[Change]:
    for witness in (one for one in listed.witnesses if one not in pins.witnesses):
        yield _of_witness(witness, "new", _with_witness, removes=False)
    for witness in (one for one in pins.witnesses if one not in listed.witnesses):
        yield _of_witness(witness, _GONE, _without_witness, removes=True)


def _of_witness(witness: str, note: str, apply: Callable[[str, Pins], Pins], *, removes: bool) -> Change:
    name, shown = VerifierKey.parse(witness).name, directories.fingerprint_of_key("witness", witness)
    return Change("witness", name, shown, note, partial(apply, witness), removes)


def _with_custodian(custodian: PinnableCustodian, pins: Pins) -> Pins:
    before = {one.cosigner for one in pins.custodians if one.custodian_id == custodian.custodian_id}
    counted = tuple(custodian.cosigner if key in before else key for key in pins.counted)
    custodians = (*_without_custodian(custodian, pins).custodians, custodian)
    return replace(pins, custodians=custodians, counted=counted)


def _without_custodian(custodian: PinnableCustodian, pins: Pins) -> Pins:
    others = tuple(one for one in pins.custodians if one.custodian_id != custodian.custodian_id)
    return replace(pins, custodians=others)


def _with_witness(witness: str, pins: Pins) -> Pins:
    return replace(pins, witnesses=(*pins.witnesses, witness))


def _without_witness(witness: str, pins: Pins) -> Pins:
    return replace(pins, witnesses=tuple(one for one in pins.witnesses if one != witness))
