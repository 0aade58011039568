"""The server's key looks like the keys that clients ship, keeps to its owner, and answers what clients encrypt."""

import secrets
from pathlib import Path

import pytest
import rsa
from cryptography.hazmat.primitives.asymmetric import rsa as crypto_rsa
from telethon.crypto.rsa import _compute_fingerprint

from parley.mtproto.errors import KeyFileInvalid
from parley.mtproto.rsa_key import RsaKey, has_all_digits


def test_the_public_key_has_the_size_of_those_in_clients(rsa_key: RsaKey) -> None:
    pem = rsa_key.public_pem()
    assert len(pem) == 425
    assert pem.startswith("-----BEGIN RSA PUBLIC KEY-----\n")
    assert _compute_fingerprint(rsa.PublicKey.load_pkcs1(pem.encode())) == rsa_key.fingerprint


def test_decrypting_undoes_encrypting(rsa_key: RsaKey) -> None:
    message = secrets.randbelow(rsa_key.modulus)
    assert int.from_bytes(rsa_key.decrypt(pow(message, 65537, rsa_key.modulus)), "big") == message


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.pem"
    key = RsaKey.load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert RsaKey.load_or_create(path).fingerprint == key.fingerprint
    assert [p.name for p in tmp_path.iterdir()] == ["server.pem"]


def test_unsafe_or_unfit_key_files_are_refused(tmp_path: Path, rsa_key: RsaKey) -> None:
    path = tmp_path / "server.pem"
    rsa_key.save(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileInvalid, match="0600"):
        RsaKey.load(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(KeyFileInvalid):
        RsaKey.load(path)
    with pytest.raises(KeyFileInvalid):
        RsaKey.load(tmp_path / "missing.pem")
    with pytest.raises(KeyFileInvalid):
        RsaKey(crypto_rsa.generate_private_key(65537, 1024))  # noqa: S505  the point is that it is too small


def test_no_key_is_made_that_a_client_cannot_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """mtcute names a fingerprint without its leading zero and then knows no such key: it would hang for ever."""
    unlucky = _private_key(leading_zero=True)
    drawn = [unlucky, unlucky, _private_key(leading_zero=False)]
    monkeypatch.setattr(crypto_rsa, "generate_private_key", lambda *_: drawn.pop(0))
    assert len(f"{RsaKey.generate().fingerprint & (1 << 64) - 1:x}") == 16
    assert drawn == []


def _private_key(*, leading_zero: bool) -> crypto_rsa.RSAPrivateKey:
    while True:
        private = crypto_rsa.generate_private_key(65537, 2048)
        if has_all_digits(RsaKey(private).fingerprint) != leading_zero:
            return private


def test_two_processes_that_start_together_have_one_key(tmp_path: Path, rsa_key: RsaKey) -> None:
    path = tmp_path / "server.pem"
    rsa_key.save(path)
    RsaKey.generate().save(path)
    assert RsaKey.load(path).fingerprint == rsa_key.fingerprint
