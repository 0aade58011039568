"""A custodian's call counts once, unchanged, and only while it is fresh."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from parley.legal.disclosure import calls
from parley.legal.disclosure.calls import Call, CallRefused, SeenNonces

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
CALL = Call("ada", "POST", "/custodian/api/releases/1/peeled?x=1", 1_700_000_000, "n" * 32, b"{}")


def test_a_signed_call_is_taken():
    calls.verify(CALL, calls.sign(CALL, KEY), PUBLIC, CALL.at + calls.CALL_LIFE_S)


@pytest.mark.parametrize(
    "change",
    [
        {"custodian_id": "ben"},
        {"method": "GET"},
        {"target": "/custodian/api/releases/2/peeled"},
        {"at": CALL.at + 1},
        {"nonce": "m" * 32},
        {"body": b"[]"},
    ],
    ids=str,
)
def test_a_changed_call_is_refused(change):
    with pytest.raises(CallRefused):
        calls.verify(replace(CALL, **change), calls.sign(CALL, KEY), PUBLIC, CALL.at)


def test_an_old_call_or_another_key_is_refused():
    signature = calls.sign(CALL, KEY)
    with pytest.raises(CallRefused):
        calls.verify(CALL, signature, PUBLIC, CALL.at + calls.CALL_LIFE_S + 1)
    with pytest.raises(CallRefused):
        calls.verify(CALL, signature, Ed25519PrivateKey.generate().public_key().public_bytes_raw(), CALL.at)
    with pytest.raises(CallRefused):
        calls.verify(CALL, b"", PUBLIC, CALL.at)


def test_a_recorded_call_is_not_taken_again():
    seen = SeenNonces()
    seen.take(CALL)
    with pytest.raises(CallRefused):
        seen.take(CALL)
    with pytest.raises(CallRefused):
        seen.take(replace(CALL, nonce="short"))
