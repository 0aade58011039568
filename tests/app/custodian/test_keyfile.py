"""A stolen key file without its passphrase is worth nothing, and a tampered one is noticed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.custodian import keyfile
from parley.app.custodian.errors import KeyFileInvalid
from parley.app.custodian.keyfile import Keys, SealKey
from parley.app.custodian.pins import Pins
from parley.legal.disclosure.model import PinnableCustodian
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from tests.legal_world import CHEAP, PASSPHRASE, somebody

BEN = PinnableCustodian("ben", 2, "Ben", bytes(32), str(SignerKey.generate("ben", COSIGNATURE_V1).verifier))  # type: ignore[arg-type]
PINS = Pins(
    "https://chat.example", "chat.example", "log+00000000+AA==", bytes(32), (somebody("s", "Lea").holder,),
    (somebody("o", "Officer").holder,), (BEN,), (), 1,
)  # fmt: skip


@pytest.fixture
def keys():
    return Keys(
        "https://chat.example", "ada", 1, "Ada", (SealKey(1, X25519PrivateKey.generate()),),
        Ed25519PrivateKey.generate(), SignerKey.generate("ada", COSIGNATURE_V1), PINS,
    )  # fmt: skip


def test_keys_and_pins_come_back_whole(keys, tmp_path):
    path = tmp_path / "key"
    both = replace(
        keys, next_sign=Ed25519PrivateKey.generate(), seal=(*keys.seal, SealKey(2, X25519PrivateKey.generate()))
    )
    keyfile.save(path, both, PASSPHRASE, CHEAP)
    found = keyfile.load(path, PASSPHRASE)
    assert (found.pins, found.cosigner, found.number) == (PINS, keys.cosigner, 1)
    assert found.newest.key_no == 2
    assert [k.private.private_bytes_raw() for k in found.seal] == [k.private.private_bytes_raw() for k in both.seal]
    assert found.next_sign.private_bytes_raw() == both.next_sign.private_bytes_raw()
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_secret_is_readable_in_the_file(keys, tmp_path):
    path = tmp_path / "key"
    keyfile.save(path, keys, PASSPHRASE, CHEAP)
    raw = json.loads(path.read_text())
    assert set(raw) == {"v", "kind", "name", "server", "kdf", "nonce", "sealed"}
    with pytest.raises(KeyFileInvalid, match="wrong passphrase"):
        keyfile.load(path, PASSPHRASE + "!")


@pytest.mark.parametrize("change", [{"server": "https://evil.example"}, {"name": "Eve"}, {"v": 2}, {"kind": "x"}])
def test_a_key_file_cannot_be_pointed_at_another_server(keys, tmp_path, change):
    path = tmp_path / "key"
    keyfile.save(path, keys, PASSPHRASE, CHEAP)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(KeyFileInvalid):
        keyfile.load(path, PASSPHRASE)


def test_absurd_work_and_open_permissions_are_refused(keys, tmp_path):
    path = tmp_path / "key"
    keyfile.save(path, keys, PASSPHRASE, CHEAP)
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(raw | {"kdf": raw["kdf"] | {"n": 2**30}}))
    with pytest.raises(KeyFileInvalid, match="absurd"):
        keyfile.load(path, PASSPHRASE)
    path.chmod(0o644)
    with pytest.raises(KeyFileInvalid, match="chmod"):
        keyfile.load(path, PASSPHRASE)
    with pytest.raises(KeyFileInvalid, match="no key file"):
        keyfile.load(tmp_path / "none", PASSPHRASE)


def test_a_short_passphrase_is_refused():
    with pytest.raises(KeyFileInvalid):
        keyfile.check_passphrase("hunter2")
