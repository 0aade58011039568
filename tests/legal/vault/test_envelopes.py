"""A sealed length tells nothing, a seal is bound to its account and day, one half alone is nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from parley.core.ids import AccountId
from parley.legal.vault import envelopes, rules
from parley.legal.vault.errors import MalformedRecord, SealBroken
from parley.legal.vault.model import Address, KeyName, SealingKey, Share

ALICE, MALLORY = AccountId(1111111111), AccountId(2222222222)
DAY = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 9, 30, 15, 123000, UTC)
IPS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda ip: ip.ipv4_mapped is None))
TIMES = st.integers(1, 4102444800000).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))


def custodian(number: int) -> tuple[X25519PrivateKey, SealingKey]:
    key = X25519PrivateKey.generate()
    return key, SealingKey(number, 1, key.public_key().public_bytes_raw(), DAY)


@given(ip=IPS, port=st.none() | st.integers(1, 65535), at=TIMES)
def test_every_address_has_the_same_length_and_comes_back_whole(ip, port, at):
    address = Address(ip, port, at)
    key = X25519PrivateKey.generate()
    sealed = envelopes.seal_address(address, ALICE, DAY, key.public_key())
    assert len(sealed) == envelopes.SEALED_RECORD_SIZE == 74
    assert envelopes.open_address(sealed, ALICE, DAY, key) == address


def test_a_seal_opens_for_no_other_account_and_no_other_day():
    key = X25519PrivateKey.generate()
    sealed = envelopes.seal_address(Address(ip_address("192.0.2.7"), 5, AT), ALICE, DAY, key.public_key())
    for account, day in ((MALLORY, DAY), (ALICE, date(2026, 11, 3))):
        with pytest.raises(SealBroken):
            envelopes.open_address(sealed, account, day, key)
    with pytest.raises(SealBroken):
        envelopes.open_address(sealed[:-1] + bytes([sealed[-1] ^ 1]), ALICE, DAY, key)


def test_no_two_contexts_look_alike():
    assert envelopes.info("share", 1, 23) != envelopes.info("share", 12, 3)
    assert envelopes.info("ab", b"c") != envelopes.info("a", b"bc")


def test_any_two_of_three_custodians_open_a_day_and_one_alone_never():
    people = [custodian(n) for n in (1, 2, 3)]
    day_key = X25519PrivateKey.generate()
    name = KeyName(ALICE, DAY, 77)
    private, public = day_key.private_bytes_raw(), day_key.public_key().public_bytes_raw()
    shares = envelopes.split(private, name, rules.pairs([p[1] for p in people]))
    assert len(shares) == 6
    by_owner = {(s.holder, s.partner): s for s in shares}
    for one, other in combinations((1, 2, 3), 2):
        half = envelopes.open_share(by_owner[one, other], name, people[one - 1][0])
        rest = envelopes.open_share(by_owner[other, one], name, people[other - 1][0])
        assert envelopes.combine(half, rest, public).private_bytes_raw() == private
        assert private not in (half, rest)
    mine = [envelopes.open_share(by_owner[1, n], name, people[0][0]) for n in (2, 3)]
    with pytest.raises(SealBroken):
        envelopes.combine(mine[0], mine[1], public)
    with pytest.raises(SealBroken):
        envelopes.open_share(by_owner[2, 1], name, people[0][0])


def test_a_share_of_one_account_does_not_pass_for_another_accounts():
    (key, public), (_, other) = custodian(1), custodian(2)
    name = KeyName(ALICE, DAY, 1)
    share = envelopes.split(bytes(32), name, [(public, other)])[0]
    with pytest.raises(SealBroken):
        envelopes.open_share(share, KeyName(MALLORY, DAY, 1), key)


def test_a_custodian_moves_a_share_to_a_new_key_and_the_old_key_is_worth_nothing():
    (old, public), (_, other) = custodian(1), custodian(2)
    new = X25519PrivateKey.generate()
    name = KeyName(ALICE, DAY, 1)
    share = envelopes.split(b"k" * 32, name, [(public, other)])[0]
    moved = envelopes.reseal_share(share, name, old, new.public_key(), 2)
    assert envelopes.open_share(moved, name, new) == envelopes.open_share(share, name, old)
    assert moved.key_no == 2
    with pytest.raises(SealBroken):
        envelopes.open_share(moved, name, old)


def test_without_the_erasure_key_the_shares_are_noise():
    name = KeyName(ALICE, DAY, 1)
    packed = envelopes.pack_shares([Share(1, 2, 1, bytes(80)), Share(2, 1, 1, bytes(80))])
    locked = envelopes.lock(packed, name, b"e" * 32)
    assert envelopes.unpack_shares(envelopes.unlock(locked, name, b"e" * 32))[1].holder == 2
    with pytest.raises(SealBroken):
        envelopes.unlock(locked, name, b"f" * 32)
    with pytest.raises(SealBroken):
        envelopes.unlock(locked, KeyName(MALLORY, DAY, 1), b"e" * 32)
    with pytest.raises(MalformedRecord):
        envelopes.unpack_shares(packed[:-1])
