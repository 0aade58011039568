"""Everything that must hold before a custodian's tool opens anything. Pure: no file, no network, no server's word.

A captured server can withhold a release. It cannot make these checks pass for another account, another
range, another recipient, or for a decision that is not in the public log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from parley.app.custodian.errors import NotYet, Refused
from parley.app.custodian.pins import Pins
from parley.legal.disclosure import passkeys, rules
from parley.legal.disclosure.errors import DisclosureError
from parley.legal.disclosure.model import Field, PasskeyHolder, PasskeySignature, ReleaseRequest, SignedRequest
from parley.legal.disclosure.package import Package
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosignatures import Cosignature, verified
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.notes import Note, VerifierKey
from parley.legal.translog.openings import RESULTS, Opening, Stage
from parley.legal.translog.receipts import verify_receipt

#: An older cosignature says nothing about the log of today.
FRESH: Final = timedelta(days=3)
#: How far another machine's clock may be ahead.
_AHEAD: Final = timedelta(minutes=10)
_NONE: Final = (
    "nobody outside the server whom you pinned has cosigned the log yet: ask another custodian to run"
    " `parley custodian cosign`, or a witness to follow the log"
)
_OLD: Final = (
    "too few cosignatures of the log are newer than three days:"
    " ask another custodian to run `parley custodian cosign`"
)
_DISCLOSING: Final = RESULTS[:2]


@dataclass(frozen=True, slots=True)
class Me:
    """Who runs the tool."""

    custodian_id: str
    number: int
    cosigner: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A release whose every signature and proof holds, except for the nonce and the tool's own history."""

    package: Package
    signed: SignedRequest
    order: dict[str, Any]
    officer: PasskeyHolder
    deciders: tuple[PasskeyHolder, ...]
    checkpoint: Checkpoint
    cosigners: tuple[Cosignature, ...]

    @property
    def request(self) -> ReleaseRequest:
        """What was decided."""
        return self.signed.request

    @property
    def opening(self) -> Opening:
        """The entry of the public log."""
        return self.package.receipt.opening


def check(package: Package, pins: Pins, me: Me, now: datetime, further: Sequence[Note] = ()) -> Checked:
    """Check a package against pinned keys.

    `further` are checkpoints, signed by the log, that the caller shows to be of one history with the receipt's:
    cosignatures of those that cover the entry count as well.

    Raises:
        Refused: something does not hold; the message says what.
        NotYet: only a cosignature from outside is missing.
    """
    try:
        signed = rules.parse_request(package.request)
        order = _order(package, signed)
        officer = _officer(package, signed, pins)
        deciders = _deciders(package, signed, pins)
    except DisclosureError as error:
        raise Refused(str(error)) from error
    checkpoint, cosigners = _logged(package, signed, pins, me, now, further)
    _check_contents(package, signed.request, me)
    return Checked(package, signed, order, officer, deciders, checkpoint, cosigners)


def _order(package: Package, signed: SignedRequest) -> dict[str, Any]:
    if hashlib.sha256(package.order).hexdigest() != signed.request.order_sha256:
        raise Refused("the order is not the one that the decision names")
    try:
        order = json.loads(package.order)
    except (ValueError, RecursionError):
        return {}
    return order if isinstance(order, dict) else {}


def _officer(package: Package, signed: SignedRequest, pins: Pins) -> PasskeyHolder:
    challenge = rules.filing_challenge(signed.request.order_sha256, signed.request.recipient_key)
    return _signer("officer", package.filing, pins.officers, challenge, pins)


def _deciders(package: Package, signed: SignedRequest, pins: Pins) -> tuple[PasskeyHolder, ...]:
    signers = tuple(_signer("decider", one, pins.deciders, signed.sha256, pins) for one in package.approvals)
    people = {signer.person for signer in signers}
    keys = {signer.public_key for signer in signers}
    if len(people) < rules.DECIDERS or len(keys) < rules.DECIDERS:
        raise Refused("two different people must have decided this, each with a passkey of their own")
    return signers


def _signer(
    kind: str, signature: PasskeySignature, pinned: Sequence[PasskeyHolder], challenge: bytes, pins: Pins
) -> PasskeyHolder:
    for holder in pinned:
        if holder.person == signature.person and holder.credential_id == signature.credential_id:
            passkeys.verify(signature, holder, challenge, pins.rp_id, pins.origin)
            return holder
    raise Refused(f"no passkey of this {kind} is pinned: compare fingerprints first, with `parley custodian pin`")


def _logged(
    package: Package, signed: SignedRequest, pins: Pins, me: Me, now: datetime, further: Sequence[Note]
) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
    _check_opening(package.receipt.opening, signed)
    witnesses = pins.cosigners(me.cosigner)
    try:
        proven = verify_receipt(package.receipt, VerifierKey.parse(pins.log_key), witnesses)
        covering = [note for note in further if Checkpoint.parse(note.text).size > package.receipt.index]
        given = (*proven.cosigners, *(one for note in covering for one in verified(note, witnesses)))
    except TranslogError as error:
        raise Refused(f"the decision is not proven to be in the public log: {error}") from error
    ordered = sorted(given, key=lambda one: one.at)
    fresh = {one.public: one for one in ordered if -_AHEAD <= now - one.at <= FRESH}
    if len(fresh) < pins.minimum:
        raise NotYet(_OLD if given else _NONE)
    return proven.checkpoint, tuple(fresh.values())


def _check_opening(opening: Opening, signed: SignedRequest) -> None:
    request = signed.request
    if opening.stage is not Stage.DECIDED or opening.result not in _DISCLOSING:
        raise Refused("the log's entry is no decision to disclose")
    if opening.release_sha256 != signed.sha256.hex():
        raise Refused("the log's entry commits to another release request")
    if opening.fields != tuple(str(field) for field in request.fields) or opening.users != 1:
        raise Refused("the log's entry names other data or other people than the release request")


def _check_contents(package: Package, request: ReleaseRequest, me: Me) -> None:
    names = [key.name for key in package.keys]
    if len(set(names)) != len(names):
        raise Refused("the package names a day key twice")
    for name in names:
        if name.account != request.account or name.day not in request.days:
            raise Refused("the package holds a key of another account or day than was decided")
    if any(day not in request.days for day in package.given_up):
        raise Refused("days are said to be lost that were not decided on")
    if (package.records or package.phone is not None) and not package.last:
        raise Refused("only the last custodian gets records or a number")
    if any(record.name not in names for record in package.records):
        raise Refused("the package holds a record of another account, day or key than was decided")
    for key in package.keys:
        if any(share.holder != me.number for share in key.shares):
            raise Refused("the package holds a share that is not yours")
        if any(passed.receiver != me.number or passed.name != key.name for passed in key.passed):
            raise Refused("the package holds a passed share that is not for you")
    if package.phone is not None and Field.PHONE not in request.fields:
        raise Refused("the package holds a phone number that was not decided on")


def check_earlier(package: Package, pins: Pins, me: Me) -> None:
    """Check that whoever is said to have handed on their part is pinned, and that all that was passed is from them.

    Raises:
        Refused: it is not, or it is this custodian.
    """
    pinned = {custodian.custodian_id: custodian.number for custodian in pins.custodians}
    if any(one == me.custodian_id or one not in pinned for one in package.earlier):
        raise Refused("an earlier custodian is not another one whom you pinned")
    senders = {passed.sender for key in package.keys for passed in key.passed}
    if not senders <= {pinned[one] for one in package.earlier}:
        raise Refused("something was passed on by somebody who is not said to have acted")
    if package.last and not package.earlier:
        raise Refused("two custodians must open this, and nobody has been first")
