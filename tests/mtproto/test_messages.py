"""Service messages have the shapes that a real client reads, and hostile ones are refused within bounds."""

import gzip
import os
import struct
import zlib

import pytest
from telethon.extensions import BinaryReader
from telethon.tl import types as t
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult

from parley.mtproto import messages as m
from parley.mtproto.errors import MalformedMessage
from parley.mtproto.wire import Reader, pack_bytes


def read(body: bytes) -> object:
    with BinaryReader(body) as reader:
        return reader.tgread_object()


def test_a_real_client_reads_every_service_message() -> None:
    assert read(m.msgs_ack([1, 2])).msg_ids == [1, 2]
    assert read(m.pong(4, -5)).ping_id == -5
    bad = read(m.bad_message(8, 3, 33))
    assert (bad.bad_msg_id, bad.bad_msg_seqno, bad.error_code) == (8, 3, 33)
    salt = read(m.bad_salt(8, 3, -9))
    assert (salt.error_code, salt.new_server_salt) == (48, -9)
    new = read(m.new_session(4, 6, -1))
    assert (new.first_msg_id, new.unique_id, new.server_salt) == (4, 6, -1)
    assert read(m.state_info(4, b"\x04\x0c")).info == "\x04\x0c"
    detailed = read(m.detailed_info(4, 9, 100, 0))
    assert (detailed.msg_id, detailed.answer_msg_id, detailed.bytes) == (4, 9, 100)
    salts = read(m.future_salts(4, 100, [(1, 2, -3), (4, 5, 6)]))
    assert [(s.valid_since.timestamp(), s.salt) for s in salts.salts] == [(1, -3), (4, 6)]
    assert isinstance(read(m.destroy_session_result(7, existed=True)), t.DestroySessionOk)
    assert isinstance(read(m.destroy_session_result(7, existed=False)), t.DestroySessionNone)
    dropped = read(m.dropped_answer(9, 3, 40))
    assert (dropped.msg_id, dropped.seq_no, dropped.bytes) == (9, 3, 40)


def test_a_real_client_reads_containers_and_results() -> None:
    container = read(m.write_container([(5, 1, m.pong(1, 2)), (9, 3, m.rpc_result(4, b"abcd"))]))
    assert isinstance(container, MessageContainer)
    assert [message.msg_id for message in container.messages] == [5, 9]
    error = read(m.rpc_result(4, m.rpc_error(420, "FLOOD_WAIT_7")))
    assert isinstance(error, RpcResult)
    assert (error.error.error_code, error.error.error_message) == (420, "FLOOD_WAIT_7")


def test_large_compressible_answers_are_packed_and_others_are_not() -> None:
    large = b"abcd" * 1000
    packed = m.rpc_result(4, large)
    assert len(packed) < 200
    assert read(packed).body == large
    noise = os.urandom(4000)
    assert m.rpc_result(4, noise).endswith(noise)
    assert m.rpc_result(4, b"abcd" * 100).endswith(b"abcd" * 100)


def test_packed_calls_of_a_real_client_unpack() -> None:
    assert m.unpack_gzip(bytes(GzipPacked(b"call" * 500)), 1 << 20) == b"call" * 500


@pytest.mark.parametrize(
    "packed",
    [b"no gzip", gzip.compress(b"x" * 100)[:-9], gzip.compress(bytes(5000)), gzip.compress(b"")],
    ids=["noise", "cut short", "exploding", "empty"],  # gzip writes the time into what it packs
)
def test_broken_or_exploding_packages_are_refused(packed: bytes) -> None:
    with pytest.raises(MalformedMessage):
        m.unpack_gzip(struct.pack("<I", m.GZIP_PACKED) + pack_bytes(packed), 4000)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<II", m.MSG_CONTAINER, 3),
        struct.pack("<II", m.MSG_CONTAINER, 2000) + bytes(64_000),
        struct.pack("<IIqii", m.MSG_CONTAINER, 1, 4, 1, 6) + bytes(8),
        struct.pack("<IIqii", m.MSG_CONTAINER, 1, 4, 1, -4) + bytes(8),
        struct.pack("<IIqii", m.MSG_CONTAINER, 1, 4, 1, 400) + bytes(8),
    ],
)
def test_containers_that_do_not_fit_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        m.read_container(body, 1024)


@pytest.mark.parametrize("size", [0, 1, 3, 253, 254, 255, 70_000])
def test_byte_strings_survive(size: int) -> None:
    value = os.urandom(size)
    packed = pack_bytes(value)
    assert len(packed) % 4 == 0
    reader = Reader(packed)
    assert reader.blob() == value
    assert reader.at_end()


def test_reading_past_the_end_is_malformed() -> None:
    for call in (Reader.int32, Reader.int64, Reader.blob, Reader.longs, Reader.uint32, Reader.string):
        with pytest.raises(MalformedMessage):
            call(Reader(b""))
    for data in (b"\xfe\xff\xff\xff", b"\xff\0\0\0", b"\x02\xff\xfe\0"):
        with pytest.raises(MalformedMessage):
            Reader(data).string()
    with pytest.raises(MalformedMessage):
        Reader(struct.pack("<II", 0x1CB5C415, 2**31)).longs()


def test_calls_that_mtcute_packs_as_zlib_are_read() -> None:
    packed = zlib.compress(b"call" * 500)
    assert m.unpack_gzip(struct.pack("<I", m.GZIP_PACKED) + pack_bytes(packed), 4000) == b"call" * 500
