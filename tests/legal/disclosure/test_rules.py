"""One spelling of a release request, so that what people sign is what custodians read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address

import pytest

from parley.core.ids import AccountId, DecisionId
from parley.legal.disclosure import rules
from parley.legal.disclosure.errors import RequestInvalid
from parley.legal.disclosure.model import Field, ReleaseRequest
from parley.legal.vault.model import Address

START = datetime(2026, 11, 1, 22, tzinfo=UTC)
REQUEST = ReleaseRequest(
    nonce="ab" * 32,
    order_sha256="cd" * 32,
    account=AccountId(2222222222),
    days=(date(2026, 11, 1), date(2026, 11, 2)),
    start=START,
    end=START + timedelta(hours=4),
    fields=tuple(Field),
    recipient_key="age1" + "q" * 58,
    decision_id=DecisionId("0" * 32),
)


def test_a_request_has_one_spelling_and_comes_back_whole():
    signed = rules.sign_ready(REQUEST)
    assert rules.parse_request(signed.canonical) == signed
    assert signed.sha256 == hashlib.sha256(signed.canonical).digest()
    assert list(json.loads(signed.canonical)) == sorted(ReleaseRequest.__dataclass_fields__)
    for other in (signed.canonical.replace(b",", b", "), signed.canonical + b" ", b"{}", b"[]", b"null", b"\xff"):
        with pytest.raises(RequestInvalid):
            rules.parse_request(other)
    raw = json.loads(signed.canonical)
    for lie in ({"extra": 1}, {"account": "2222222222"}, {"account": True}, {"fields": ["message"]}, {"days": 5}):
        with pytest.raises(RequestInvalid):
            rules.parse_request(json.dumps(raw | lie, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "ab"},
        {"account": AccountId(0)},
        {"fields": ()},
        {"fields": (Field.IP, Field.PHONE)},
        {"fields": (Field.PHONE, Field.PHONE)},
        {"fields": (Field.PORT,)},
        {"days": (date(2026, 11, 1),)},
        {"days": (date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3))},
        {"fields": (Field.PHONE,)},
        {"end": START},
        {"end": START + timedelta(days=400)},
        {"recipient_key": "AGE-SECRET-KEY-1"},
        {"decision_id": DecisionId("x")},
    ],
    ids=str,
)
def test_a_request_that_contradicts_itself_is_refused(wrong):
    with pytest.raises(RequestInvalid):
        rules.sign_ready(replace(REQUEST, **wrong))


def test_what_lies_outside_of_the_range_is_left_out_to_the_millisecond():
    ip = ip_address("192.0.2.1")
    step = timedelta(milliseconds=1)
    times = (REQUEST.start - step, REQUEST.start, REQUEST.end - step, REQUEST.end)
    kept = rules.trim([Address(ip, 1, at) for at in times], REQUEST)
    assert [address.at for address in kept] == [times[1], times[2]]
    phone = replace(REQUEST, fields=(Field.PHONE,), days=())
    assert rules.trim([Address(ip, 1, times[1])], phone) == ()


def test_an_officers_signature_is_for_one_order_and_one_recipient():
    one = rules.filing_challenge("ab" * 32, "age1x")
    assert one != rules.filing_challenge("ab" * 32, "age1y")
    assert one == hashlib.sha256(b'{"order_sha256":"' + b"ab" * 32 + b'","recipient_key":"age1x"}').digest()
