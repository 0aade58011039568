"""A vault on a real database, and people who hold its keys, as the tests of the legal room need them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.core.clock import ManualClock
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.vault.enrolments import enrolment_message
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.model import Custodian, Enrolment
from parley.legal.vault.sealer import Sealer
from parley.legal.vault.service import Vault
from parley.storage.pools import Pools


@dataclass(frozen=True, slots=True)
class Person:
    """A custodian with the private keys that stay on their own machine."""

    custodian: Custodian
    seal: X25519PrivateKey
    sign: Ed25519PrivateKey


@pytest.fixture
def erasure(tmp_path: Path) -> ErasureKeys:
    return ErasureKeys(tmp_path / "erasure")


@pytest.fixture
def sealer(pools: Pools, erasure: ErasureKeys) -> Sealer:
    return Sealer(pools.of("seal"), erasure)


@pytest.fixture
def vault(pools: Pools, erasure: ErasureKeys, clock: ManualClock, sealer: Sealer) -> Vault:
    return Vault(pools.of("legal"), erasure, clock, retention_days=30, sealers=[sealer])


async def enrolled(vault: Vault, name: str) -> Person:
    """Enrol somebody as their tool does."""
    token = await vault.issue_token(name, "staff:root")
    seal, sign = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    cosigner = str(SignerKey(name, COSIGNATURE_V1, hashlib.sha256(name.encode()).digest()).verifier)
    keys = seal.public_key().public_bytes_raw(), sign.public_key().public_bytes_raw()
    proof = sign.sign(enrolment_message(token.token, *keys, cosigner))
    custodian = await vault.enrol(Enrolment(token.token, *keys, cosigner, proof))
    return Person(custodian, seal, sign)


@pytest.fixture
def enrol(vault: Vault):
    async def enrol(name: str) -> Person:
        return await enrolled(vault, name)

    return enrol
