"""Opening: what two custodians' tools compute for thirty days of one account, from sealed rows to the delivery.

Both custodians work in this process; the calls between their machines and the server, and the checks of signatures
and of the log, which do not grow with the number of records, are left out.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pyrage  # type: ignore[import-untyped]  # it ships no types
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.bench.figures import Figures
from parley.app.bench.vault_world import Holder, VaultWorld, vault_world
from parley.core.ids import AccountId, CustodianId, DecisionId, DisclosureId
from parley.legal.disclosure import delivery, rules
from parley.legal.disclosure.model import Field, ReleaseRequest
from parley.legal.vault import envelopes
from parley.legal.vault.model import Address, DayKey
from parley.legal.vault.rules import days_of

_ACCOUNT = AccountId(1_000_000_001)
_DAYS = 30


async def measure(seconds: float, records: int) -> Figures:
    """Open `records` addresses of each of thirty days, again and again for so many seconds."""
    async with vault_world() as world:
        begun = world.clock.now().replace(microsecond=0)
        await _fill(world, records)
        end = world.clock.now().replace(microsecond=0) + timedelta(seconds=1)
        recipient = pyrage.x25519.Identity.generate()
        latencies: list[float] = []
        opened = size = 0
        used, began = world.meter.usage(), time.perf_counter()
        while not latencies or time.perf_counter() - began < seconds:
            since = time.perf_counter()
            sealed, count = await _open(world, _request(begun, end, str(recipient.to_public())))
            latencies.append(time.perf_counter() - since)
            opened, size = opened + count, len(sealed)
        took, usage, memory = time.perf_counter() - began, world.meter.usage() - used, world.meter.memory()
    more: dict[str, Any] = {
        "days": _DAYS,
        "records_per_day": records,
        "records_per_opening": opened // len(latencies),
        "openings": len(latencies),
        "python_cpu_ms_per_opening": round(usage.python_s * 1e3 / len(latencies), 2),
        "delivery_bytes": size,
    }
    return Figures("opening", opened, took, latencies, usage, memory, more)


async def _fill(world: VaultWorld, records: int) -> None:
    for _ in range(_DAYS):
        for port in range(records):
            await world.sealer.seal(_ACCOUNT, "2001:db8::7", 1024 + port, world.clock.now())
        await world.sealer.flush()
        world.clock.advance(86_400)


def _request(start: datetime, end: datetime, recipient: str) -> ReleaseRequest:
    return ReleaseRequest(
        "00" * 32,
        "00" * 32,
        _ACCOUNT,
        days_of(start, end),
        start,
        end,
        tuple(Field),
        recipient,
        DecisionId("0" * 32),
    )


async def _open(world: VaultWorld, request: ReleaseRequest) -> tuple[bytes, int]:
    keys, sealed = await world.vault.sealed_days(request.account, request.days)
    found: list[Address] = []
    for key in keys:
        private = _combined(world, key)
        rows = [row for row in sealed if row.name == key.name]
        found += [envelopes.open_address(row.sealed, request.account, key.name.day, private) for row in rows]
    contents = delivery.write_contents(request, None, rules.trim(found, request))
    people = [CustodianId(one.custodian.custodian_id) for one in world.holders[:2]]
    manifest = delivery.write_manifest(rules.sign_ready(request), DisclosureId("0" * 32), contents.hashes(), people)
    signature = Ed25519PrivateKey.generate().sign(manifest)
    return delivery.seal(contents, manifest, signature, request.recipient_key), len(found)


def _combined(world: VaultWorld, key: DayKey) -> X25519PrivateKey:
    one, other = world.holders[:2]
    shares = {(s.holder, s.partner): s for s in world.vault.shares_of(key, lambda _: True)}
    halves = [_half(holder, partner, key, shares) for holder, partner in ((one, other), (other, one))]
    return envelopes.combine(halves[0], halves[1], key.public_key)


def _half(holder: Holder, partner: Holder, key: DayKey, shares: dict[tuple[int, int], Any]) -> bytes:
    share = shares[holder.custodian.number, partner.custodian.number]
    return envelopes.open_share(share, key.name, holder.seal)
