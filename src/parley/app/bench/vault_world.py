"""A vault with three custodians on an embedded database of its own, without the rest of a server around it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.bench.host import fresh_directory
from parley.app.bench.meter import Meter
from parley.app.process import database
from parley.core.clock import AdjustableClock
from parley.core.settings import Settings
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.vault.enrolments import enrolment_message
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.model import Custodian, Enrolment
from parley.legal.vault.sealer import Sealer
from parley.legal.vault.service import Vault
from parley.storage.migrator import migrate
from parley.storage.pools import Pools

CUSTODIANS = ("Ada", "Ben", "Cleo")


@dataclass(frozen=True, slots=True)
class Holder:
    """A custodian with the key that their machine would hold."""

    custodian: Custodian
    seal: X25519PrivateKey


@dataclass(slots=True)
class VaultWorld:
    """The vault, its sealer, its custodians, and the meter of this process and its database."""

    pools: Pools
    clock: AdjustableClock
    vault: Vault
    sealer: Sealer
    holders: list[Holder]
    meter: Meter


@asynccontextmanager
async def vault_world() -> AsyncIterator[VaultWorld]:
    """A vault for the length of the block, with fsync on."""
    async with fresh_directory() as data_dir, database(Settings(data_dir=data_dir)) as target:
        await migrate(target)
        pools = Pools(target)
        try:
            clock, erasure = AdjustableClock(), ErasureKeys(data_dir / "erasure")
            sealer = Sealer(pools.of("seal"), erasure)
            vault = Vault(pools.of("legal"), erasure, clock, sealers=[sealer])
            holders = [await _enrolled(vault, name) for name in CUSTODIANS]
            yield VaultWorld(pools, clock, vault, sealer, holders, Meter(os.getpid()))
        finally:
            await pools.close()


async def _enrolled(vault: Vault, name: str) -> Holder:
    token = (await vault.issue_token(name, "staff:bench")).token
    seal, sign = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    keys = seal.public_key().public_bytes_raw(), sign.public_key().public_bytes_raw()
    cosigner = str(SignerKey.generate(f"bench.example/{name}", COSIGNATURE_V1).verifier)
    proof = sign.sign(enrolment_message(token, *keys, cosigner))
    return Holder(await vault.enrol(Enrolment(token, *keys, cosigner, proof)), seal)
