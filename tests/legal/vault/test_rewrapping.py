"""The arithmetic of a succession: a successor gets halves that combine with the others', and alone say nothing."""

from __future__ import annotations

import secrets
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.core.ids import AccountId
from parley.legal.vault import envelopes, rewrapping
from parley.legal.vault.errors import SealBroken
from parley.legal.vault.model import KeyName
from parley.legal.vault.rewrapping import Seat

NAME = KeyName(AccountId(2222222222), date(2026, 11, 2), 7)


def seat(number):
    private = X25519PrivateKey.generate()
    return private, Seat(number, 1, private.public_key())


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def test_the_new_pairs_make_the_key_and_the_successor_alone_does_not():
    (a_key, a), (b_key, b), (d_key, d) = seat(1), seat(2), seat(4)
    key, g = secrets.token_bytes(32), secrets.token_bytes(32)
    q = xor(key, g)
    given = rewrapping.give(g, NAME, a, b, d)
    hint = rewrapping.open_hint(given.hint, NAME, 1, 2, 4, b_key)
    answered = rewrapping.answer(q, hint, NAME, b, a, d)
    with_a = envelopes.open_share(given.own, NAME, a_key), envelopes.open_share(answered.heirs, NAME, d_key)
    with_b = envelopes.open_share(answered.own, NAME, b_key), envelopes.open_share(given.heirs, NAME, d_key)
    assert xor(*with_a) == key
    assert xor(*with_b) == key
    assert xor(with_a[1], with_b[1]) != key, "the successor's two halves are of different pairs"
    assert len({g, q, *with_b, hint}) == 5, "nobody else's half is anybody's"
    with pytest.raises(SealBroken):
        rewrapping.open_hint(given.hint, NAME, 1, 2, 5, b_key)
    with pytest.raises(SealBroken):
        rewrapping.answer(q, b"short", NAME, b, a, d)


def test_the_smaller_number_gives():
    assert rewrapping.gives(1, 2)
    assert not rewrapping.gives(2, 1)
