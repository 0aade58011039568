"""Somebody takes over the server after addresses were sealed: what memory and disk still hold opens nothing."""

from __future__ import annotations

import asyncio
import gc
import types
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import combinations
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.legal.vault import rules as vault_rules
from parley.storage.database import Database
from tests.legal_world import MALLORY

_ELSEWHERE = (
    types.ModuleType, types.FunctionType, types.FrameType, types.CoroutineType, type, Database,
    asyncio.AbstractEventLoop, asyncio.Future,
)  # fmt: skip
SEEN = "198.51.100.9"


def held(root: object) -> Iterator[Any]:
    """Everything that can be reached from an object without leaving through modules, classes, tasks and pools."""
    seen, waiting = {id(root)}, [root]
    while waiting:
        one = waiting.pop()
        yield one
        for other in gc.get_referents(one):
            if id(other) not in seen and not isinstance(other, _ELSEWHERE):
                seen.add(id(other))
                waiting.append(other)


def on_disk(*folders: Path) -> Iterator[bytes]:
    for folder in folders:
        yield from (path.read_bytes() for path in folder.rglob("*") if path.is_file())


def opens(candidate: bytes, publics: set[bytes]) -> bool:
    return X25519PrivateKey.from_private_bytes(candidate).public_key().public_bytes_raw() in publics


async def test_a_server_captured_after_the_fact_holds_nothing_that_opens_what_it_sealed(world):
    await world.custodians("ada", "ben")
    for port in (52000, 52001):
        await world.seen(SEEN, port)
    keys, records = await world.vault.sealed_days(MALLORY, [vault_rules.day_of(world.clock.now())])
    assert len(records) == 2
    publics = {key.public_key for key in keys}

    inside = list(held(world.sealer))
    assert any(getattr(one, "public", None) in publics for one in inside), "the search reaches the sealer's keys"
    texts = [one for one in inside if isinstance(one, str)]
    blobs = [bytes(one) for one in inside if isinstance(one, bytes | bytearray)]
    blobs += on_disk(world.folder / "erasure", world.folder / "secrets", world.folder / "log")
    assert not [text for text in texts if SEEN in text]
    assert not [blob for blob in blobs if ip_address(SEEN).packed in blob or SEEN.encode() in blob]
    assert not [one for one in inside if isinstance(one, X25519PrivateKey)]

    shares = [share.sealed for key in keys for share in world.vault.shares_of(key, lambda _: True)]
    pieces = {blob[at : at + 32] for blob in (*blobs, *shares) for at in range(0, max(1, len(blob) - 31), 8)}
    pieces = {piece for piece in pieces if len(piece) == 32}
    assert not [piece for piece in pieces if opens(piece, publics)]
    halves = [blob for blob in (*blobs, *shares) if len(blob) in (32, 80)]
    xored = {bytes(a ^ b for a, b in zip(x[-32:], y[-32:], strict=True)) for x, y in combinations(halves, 2)}
    assert not [piece for piece in xored if opens(piece, publics)]


async def test_the_next_address_is_all_that_a_captured_server_learns(world):
    """What is admitted: from now on it sees addresses as they arrive, before they are sealed."""
    await world.custodians("ada", "ben")
    await world.sealer.seal(MALLORY, SEEN, 52000, world.clock.now())
    assert [str(one.address.ip) for one in world.sealer._queue] == [SEEN]
    await world.sealer.flush()
    assert not world.sealer._queue
