"""Telethon speaks the schemas with code that others wrote: what it writes we read, and the other way round."""

from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parley.tl import layers, service_codec
from parley.tl.base import TlFunction, TlObject
from parley.tl.definitions import layer as schema_of
from parley.tl.errors import NotInLayer, UnknownConstructor
from parley.tl.layer_hooks import UP
from parley.tl.layer_tables import LOST, UNSAYABLE
from parley.tl.layers import LayerCodec
from tests.tl.random_objects import build

CLIENTS = Path(__file__).resolve().parent.parent / "clients"
NOT_OURS = {
    "AccessPointRule", "ConfigSimple", "IpPort", "IpPortSecret", "TlsBlockDomain", "TlsBlockGrease",
    "TlsBlockPermutation", "TlsBlockPublicKey", "TlsBlockRandom", "TlsBlockScope", "TlsBlockString",
    "TlsBlockZero", "TlsClientHello",
}  # fmt: skip
"""What Telethon's schema has besides the API and MTProto: a configuration by DNS and a disguise as TLS."""


GUESSED_WRONG = {"UpdateNewStickerSet"}
"""Classes whose field Telethon's annotations cannot tell apart; the reverse direction covers them."""


class Oracle:
    """A Telethon of one layer in a process of its own."""

    def __init__(self, layer: int) -> None:
        self.layer = layer
        self.codec = layers.get(layer)
        folder = CLIENTS / f"telethon-{layer}" / "site-packages"
        if layer != layers.SUPPORTED[-1] and not folder.exists():
            pytest.skip(f"the Telethon of layer {layer} is not installed; `make clients` does it")
        self._process = subprocess.Popen(
            [sys.executable, str(CLIENTS / "telethon_oracle.py"), "20260101"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore"},
        )
        self.built = list(self._built())

    def _built(self) -> Iterator[tuple[str, str, bytes, dict[str, Any]]]:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline().strip():
            kind, name, data, fields = json.loads(line)
            yield kind, name, bytes.fromhex(data), fields

    def echo(self, values: list[bytes]) -> list[str]:
        """What Telethon reads from each, written again, in hex."""
        answer, _ = self._process.communicate("".join(value.hex() + "\n" for value in values))
        return answer.splitlines()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module", params=[229, 227, 224])
def oracle(request: pytest.FixtureRequest) -> Iterator[Oracle]:
    one = Oracle(request.param)
    yield one
    one.close()


def read(codec: LayerCodec, kind: str, data: bytes) -> Any:
    """Reads what Telethon wrote: MTProto's own constructors with their codec, the rest with the layer's."""
    if service_codec.knows(struct.unpack_from("<I", data)[0]):
        return service_codec.decode(data)
    return codec.decode_call(data) if kind == "functions" else codec.decode(data)


def same(ours: object, theirs: object) -> bool:
    if isinstance(ours, bytes):
        # an int128 is a number there, the states of messages a string
        return not isinstance(theirs, str) or theirs in (ours.hex(), ours.decode(errors="replace"))
    return ours == theirs or (ours is False and theirs is None)


def test_everything_that_telethon_writes_is_read_field_by_field_and_written_back(oracle: Oracle) -> None:
    """A client of this layer is understood, whatever method it calls and whatever it sends."""
    known, moved = _known(oracle.layer), _moved(oracle.layer)
    right, wrong = set(), []
    for kind, name, data, fields in oracle.built:
        identity = data[:4]
        if name in GUESSED_WRONG or (name.removesuffix("Request") in NOT_OURS and identity not in known):
            continue
        if any(data[at : at + 4] in moved for at in range(0, len(data), 4)):
            right.add(identity)  # tests/tl/test_layer_hooks.py
            continue
        try:
            value = read(oracle.codec, kind, data)
        except UnknownConstructor:
            wrong.append((identity, f"{name} is not read"))
            continue
        is_service = service_codec.knows(value.TL_ID)
        again = service_codec.encode(value) if is_service else oracle.codec.encode(value)
        wrong += [(b"", f"{name}.{field}") for field in _differing(value, fields)]
        if again != data:
            wrong.append((b"", f"{name} is written otherwise"))
        right.add(identity)
    assert not [what for identity, what in wrong if identity not in right]
    assert len(right) > 2300


def _known(layer: int) -> set[bytes]:
    schema = schema_of(layer)
    ids = schema.types.name_of_id.keys() | schema.functions.name_of_id.keys()
    return {struct.pack("<I", number) for number in ids}


def _moved(layer: int) -> set[bytes]:
    """Ids of the constructors and methods that a hook turns into something else."""
    moved = set()
    for section in (schema_of(layer).types, schema_of(layer).functions):
        current = getattr(schema_of(layers.SUPPORTED[-1]), section.kind)
        names = (
            name for name in section if name in {*UP, *UNSAYABLE, *LOST} and current.get(name) != section[name]
        )
        moved |= {struct.pack("<I", section[name].id) for name in names}
    return moved


def _differing(value: TlObject, fields: dict[str, Any]) -> list[str]:
    """Fields whose values differ; Telethon calls `self` by another name."""
    names = {("self_" if name == "is_self" else name): name for name in fields}
    return [
        name for name in value.TL_FIELDS if name in names and not same(getattr(value, name), fields[names[name]])
    ]


def test_telethon_reads_everything_that_we_write(oracle: Oracle) -> None:
    """An answer or update of any kind reaches a client of this layer as it was meant."""
    pick = random.Random(oracle.layer)
    written = []
    schema = schema_of(layers.SUPPORTED[-1])
    for section in (schema.types, schema.functions):
        for name in section:
            value = build(section[name], pick)
            if isinstance(value, TlFunction) and name not in schema_of(oracle.layer).functions:
                continue
            try:
                written.append((name, oracle.codec.encode(value)))
            except NotInLayer:
                continue
    answers = oracle.echo([data for _, data in written])
    wrong = [
        (name, answer[:120]) for (name, data), answer in zip(written, answers, strict=True) if answer != data.hex()
    ]
    assert not wrong
    assert len(written) > 2200
