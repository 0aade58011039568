"""Whatever bytes arrive, the decoder answers with an object or a TlError, soon and within little memory."""

from __future__ import annotations

import random
import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.tl import layers, service_codec
from parley.tl.base import TlObject
from parley.tl.definitions import Definition, canonical, layer, service
from parley.tl.errors import NotInLayer, TlError
from tests.tl.random_objects import build

LAYERS = st.sampled_from(layers.SUPPORTED)
QUICK = settings(max_examples=150)


def definitions(section: str) -> st.SearchStrategy[Definition]:
    half = getattr(canonical(), section)
    return st.sampled_from(sorted(half)).map(half.__getitem__)


@st.composite
def objects(draw: st.DrawFn, section: str) -> TlObject:
    """A random object of any constructor, with random values in random fields."""
    pick = random.Random(draw(st.integers(0, 2**32)))
    return build(draw(definitions(section)), pick)


def decoders(number: int) -> list[Any]:
    codec = layers.get(number)
    return [codec.decode_call, codec.decode, service_codec.decode]


def survives(number: int, data: bytes) -> None:
    for decode in decoders(number):
        try:
            decode(data)
        except TlError:
            continue


@QUICK
@given(value=objects("types"))
def test_objects_come_back_as_they_were(value: TlObject) -> None:
    codec = layers.get(229)
    assert codec.decode(codec.encode(value)) == value


@QUICK
@given(value=objects("functions"))
def test_calls_come_back_as_they_were(value: TlObject) -> None:
    codec = layers.get(229)
    assert codec.decode_call(codec.encode(value)) == value


@QUICK
@given(number=LAYERS, value=objects("types"))
def test_what_a_layer_can_say_it_can_read_again(number: int, value: TlObject) -> None:
    """Converting to an old layer loses fields once and never again: the second round changes nothing."""
    codec = layers.get(number)
    try:
        data = codec.encode(value)
    except NotInLayer:
        return
    once = codec.decode(data)
    assert codec.encode(once) == data


@QUICK
@given(number=LAYERS, data=st.binary(max_size=200))
def test_noise_is_refused(number: int, data: bytes) -> None:
    survives(number, data)


@QUICK
@given(number=LAYERS, section=st.sampled_from(["types", "functions"]), data=st.data())
def test_noise_behind_a_known_constructor_is_survived(number: int, section: str, data: st.DataObject) -> None:
    ids = sorted(getattr(layer(number), section).name_of_id)
    words = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0x1CB5C415, 0, 0xFFFFFFFF]), st.sampled_from(ids))
    body = data.draw(st.lists(words, max_size=30))
    survives(number, struct.pack(f"<{1 + len(body)}I", data.draw(st.sampled_from(ids)), *body))


@QUICK
@given(number=LAYERS, value=objects("functions"), data=st.data())
def test_a_damaged_call_is_survived(number: int, value: TlObject, data: st.DataObject) -> None:
    codec = layers.get(number)
    try:
        message = bytearray(codec.encode(value))
    except TlError:
        return
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(message)))
    survives(number, bytes(message))
    survives(number, bytes(message[:end]))


@QUICK
@given(data=st.binary(max_size=120), which=st.sampled_from(sorted(service().types.name_of_id)))
def test_noise_behind_a_service_constructor_is_survived(data: bytes, which: int) -> None:
    try:
        service_codec.decode(struct.pack("<I", which) + data)
    except TlError:
        return


@pytest.mark.parametrize("number", layers.SUPPORTED)
def test_hostile_sizes_cost_no_more_memory_than_the_message_is_long(number: int) -> None:
    """A vector of a million items, in a message of some bytes, is refused before anything is set aside."""
    schema = layer(number).functions
    names = [name for name in schema if any(field.type.startswith("Vector<") for field in schema[name].fields)]
    tracemalloc.start()
    try:
        for name in names:
            for count in (0xFFFFFFFF, 0x00FFFFFF, 200):
                body = struct.pack("<II", 0x1CB5C415, count) * 40
                for flags in (b"", b"\xff\xff\xff\xff"):
                    survives(number, struct.pack("<I", schema[name].id) + flags + body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000
