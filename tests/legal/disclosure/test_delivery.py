"""A delivery opens for its recipient alone, says who made it, and shows no field that was not decided."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from parley.core.ids import AccountId, CustodianId, DecisionId, DisclosureId
from parley.legal.disclosure import delivery, rules
from parley.legal.disclosure.errors import DeliveryInvalid
from parley.legal.disclosure.model import Field, ReleaseRequest
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.vault.model import Address
from parley.legal.vault.rules import days_of

IDENTITY = pyrage.x25519.Identity.generate()
START = datetime(2026, 11, 1, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
REQUEST = ReleaseRequest(
    "ab" * 32, "cd" * 32, AccountId(2222222222), days_of(START, END), START, END, tuple(Field),
    str(IDENTITY.to_public()), DecisionId("0" * 32),
)  # fmt: skip
SEEN = (Address(ip_address("192.0.2.7"), 51000, START), Address(ip_address("192.0.2.7"), 52000, START))
KEY = DeliveryKey(Ed25519PrivateKey.generate())


def sealed(contents, manifest=None):
    people = (CustodianId("a"), CustodianId("b"))
    signed = rules.sign_ready(REQUEST)
    manifest = manifest or delivery.write_manifest(signed, DisclosureId("d"), contents.hashes(), people)
    return delivery.seal(contents, manifest, KEY.sign(manifest), REQUEST.recipient_key)


def test_the_recipient_reads_it_and_nobody_else():
    contents = delivery.write_contents(REQUEST, "+4915550000042", SEEN)
    made = sealed(contents)
    opened = delivery.unseal(made, str(IDENTITY), KEY.public)
    assert opened.contents == contents
    assert opened.manifest["delivery_id"] == "d"
    with pytest.raises(DeliveryInvalid):
        delivery.unseal(made, str(pyrage.x25519.Identity.generate()), KEY.public)
    with pytest.raises(DeliveryInvalid):
        delivery.unseal(made, str(IDENTITY), bytes(32))


def test_a_changed_file_or_manifest_is_noticed():
    contents = delivery.write_contents(REQUEST, None, SEEN)
    packed = pyrage.decrypt(sealed(contents), [IDENTITY])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in (delivery.DATA_JSON, delivery.DATA_CSV, delivery.MANIFEST):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content.replace(b"1", b"2") if member == name else content)
        changed = pyrage.encrypt(out.getvalue(), [IDENTITY.to_public()])
        with pytest.raises(DeliveryInvalid):
            delivery.unseal(changed, str(IDENTITY), KEY.public)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ((Field.IP,), {"ip": "192.0.2.7"}),
        ((Field.IP, Field.IP_TIME), {"ip": "192.0.2.7", "time_utc": "2026-11-01T09:00:00.000Z"}),
    ],
)
def test_only_decided_fields_are_written(fields, row):
    contents = delivery.write_contents(replace(REQUEST, fields=fields), "+4915550000042", SEEN)
    data = json.loads(contents.data_json)
    assert data["addresses"][0] == row
    assert "phone" not in data
    assert b"4915550000042" not in contents.data_csv
    assert b"51000" not in contents.data_json + contents.data_csv


def test_an_unknown_port_is_called_unknown_and_is_never_zero():
    seen = (Address(ip_address("192.0.2.7"), None, START), Address(ip_address("2001:db8::7"), 51000, START))
    contents = delivery.write_contents(REQUEST, None, seen)
    rows = json.loads(contents.data_json)["addresses"]
    assert [row["port"] for row in rows] == [None, 51000]
    assert b'"192.0.2.7","unknown","2026' in contents.data_csv
    assert b'"2001:db8::7","51000","2026' in contents.data_csv
    without = replace(REQUEST, fields=(Field.IP, Field.IP_TIME))
    assert b"unknown" not in delivery.write_contents(without, None, seen).data_csv


def test_the_hashes_that_the_server_signs_cannot_be_guessed():
    one, other = (delivery.write_contents(REQUEST, None, SEEN[:1]).hashes() for _ in range(2))
    assert set(one.values()).isdisjoint(other.values())


def test_the_server_signs_a_manifest_and_nothing_else():
    signed = rules.sign_ready(REQUEST)
    for hashes in ({}, {"data.json": "0" * 64}, {"data.json": "192.0.2.7", "data.csv": "0" * 64},
                   {"data.json": "0" * 64, "data.csv": "0" * 64, "x": "0" * 64}):  # fmt: skip
        with pytest.raises(DeliveryInvalid):
            delivery.write_manifest(signed, DisclosureId("d"), hashes, ())


def test_the_delivery_key_is_a_private_file_that_stays_the_same(tmp_path):
    path = tmp_path / "secrets" / "delivery.key"
    key = DeliveryKey.load_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    again = DeliveryKey.load_or_make(path)
    assert (again.public, again.entry_id) == (key.public, key.entry_id)
