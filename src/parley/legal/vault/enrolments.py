"""Who becomes a custodian: what a tool signs to enrol, and what must hold of its keys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from parley.core.ids import CustodianId, new_id
from parley.legal.translog.notes import COSIGNATURE_V1, VerifierKey
from parley.legal.vault import envelopes, rules
from parley.legal.vault.errors import EnrolmentRefused, TooManyCustodians
from parley.legal.vault.model import Custodian, CustodianStatus, Enrolment

ENROL_CONTEXT: Final = b"parley-custodian-enrol-1\n"


def enrolment_message(token: str, seal_key: bytes, sign_key: bytes, cosigner: str) -> bytes:
    """What a new custodian's tool signs, so that nobody can enrol keys that are not theirs."""
    return ENROL_CONTEXT + hashlib.sha256(token.encode()).digest() + seal_key + sign_key + cosigner.encode()


def circle_digest(custodian_id: CustodianId, seal_key: bytes) -> str:
    """What the public log holds when a custodian joins or leaves (docs/log-format.md)."""
    return hashlib.sha256(custodian_id.encode() + b"\n" + seal_key).hexdigest()


def check(enrolment: Enrolment) -> None:
    """Check that the keys belong together and are of the right kinds.

    Raises:
        EnrolmentRefused: they are not.
    """
    message = enrolment_message(enrolment.token, enrolment.seal_key, enrolment.sign_key, enrolment.cosigner)
    try:
        Ed25519PublicKey.from_public_bytes(enrolment.sign_key).verify(enrolment.proof, message)
    except (InvalidSignature, ValueError):
        raise EnrolmentRefused("the keys are not signed by their own signing key") from None
    if len(enrolment.seal_key) != envelopes.KEY_SIZE:
        raise EnrolmentRefused("a sealing key has 32 bytes")
    if VerifierKey.parse(enrolment.cosigner).kind != COSIGNATURE_V1:
        raise EnrolmentRefused("a custodian's tool needs a key for cosignatures")


def admit(
    enrolment: Enrolment, name: str, everybody: Sequence[Custodian], now: datetime, sealed_today: bool
) -> Custodian:
    """Give the new custodian a number and a first day.

    Raises:
        TooManyCustodians: there are as many as a day key can be wrapped for.
        EnrolmentRefused: the keys or the name are taken.
    """
    active = [one for one in everybody if one.status is CustodianStatus.ACTIVE]
    if len(active) >= rules.MAX_CUSTODIANS:
        raise TooManyCustodians(f"there are {rules.MAX_CUSTODIANS} custodians already")
    if any(enrolment.seal_key == one.seal_key or enrolment.sign_key == one.sign_key for one in everybody):
        raise EnrolmentRefused("these keys are registered already")
    if any(one.name == name and one.serving for one in everybody):
        raise EnrolmentRefused("a custodian of this name is enrolled already")
    number = max((one.number for one in everybody), default=0) + 1
    return Custodian(
        CustodianId(new_id()), number, name, enrolment.seal_key, enrolment.sign_key, enrolment.cosigner, 1,
        rules.first_day(now, sealed_today), now,
    )  # fmt: skip
