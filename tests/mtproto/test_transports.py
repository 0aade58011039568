"""Whatever framing a client chooses, its payloads come through whole; broken frames differ from incomplete ones."""

import struct
import zlib

import pytest

from parley.mtproto.errors import MalformedFrame
from parley.mtproto.transports import (
    Abridged,
    Frame,
    Framing,
    Full,
    Intermediate,
    PaddedIntermediate,
    detect,
    framing_of_tag,
)

LIMIT = 1 << 20


def split_all(framing: Framing, data: bytes) -> list[Frame]:
    frames, start = [], 0
    while start < len(data):
        cut = framing.split(data, start, LIMIT)
        assert not isinstance(cut, int)
        frame, start = cut
        frames.append(frame)
    return frames


@pytest.mark.parametrize("make", [Abridged, Intermediate, Full])
@pytest.mark.parametrize("size", [4, 40, 500, 508, 512, 70_000])
def test_a_payload_survives_framing(make: type[Framing], size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    payload = payload[:size]
    sender, receiver = make(), make()
    data = sender.wrap(payload) + sender.wrap(b"next")
    assert [f.payload for f in split_all(receiver, data)] == [payload, b"next"]


def test_padding_is_added_and_left_for_the_message_layer() -> None:
    frames = [split_all(Intermediate(), PaddedIntermediate().wrap(b"x" * 64))[0] for _ in range(64)]
    assert {len(f.payload) for f in frames} <= set(range(64, 68))
    assert len({len(f.payload) for f in frames}) > 1
    assert all(f.payload.startswith(b"x" * 64) for f in frames)


@pytest.mark.parametrize("make", [Abridged, Intermediate, Full])
def test_an_incomplete_frame_says_how_much_it_needs(make: type[Framing]) -> None:
    whole = make().wrap(b"p" * 600)
    for cut in range(len(whole)):
        needed = make().split(whole[:cut], 0, LIMIT)
        assert isinstance(needed, int)
        assert cut < needed <= len(whole)


def test_quick_acknowledgements_are_asked_for_and_given_as_each_framing_has_it() -> None:
    short = bytes((0x80 | 1,)) + b"abcd"
    long = b"\xff" + (127).to_bytes(3, "little") + b"a" * 508
    assert [f.wants_quick_ack for f in split_all(Abridged(), short + long)] == [True, True]
    asking = struct.pack("<I", 4 | 0x80000000) + b"abcd"
    assert split_all(Intermediate(), asking) == [Frame(b"abcd", True)]
    token = 0x01020304
    assert Intermediate().wrap_quick_ack(token) == bytes((0x04, 0x03, 0x02, 0x81))
    assert Abridged().wrap_quick_ack(token) == bytes((0x81, 0x02, 0x03, 0x04))
    assert Full().wrap_quick_ack(token) is None


def test_transport_errors_are_four_bytes() -> None:
    error = struct.pack("<i", -404)
    assert Abridged().wrap_error(-404) == b"\x01" + error
    assert Intermediate().wrap_error(-404) == struct.pack("<I", 4) + error
    assert PaddedIntermediate().wrap_error(-404) == struct.pack("<I", 4) + error
    assert split_all(Full(), Full().wrap_error(-404))[0].payload == error


@pytest.mark.parametrize(
    ("framing", "data"),
    [
        (Abridged(), b"\x00"),
        (Abridged(), b"\x7f\xff\xff\xff"),
        (Intermediate(), struct.pack("<I", 0)),
        (Intermediate(), struct.pack("<I", LIMIT + 1)),
        (Full(), struct.pack("<II", 11, 0)),
        (Full(), struct.pack("<II", 16, 1) + bytes(8)),
        (Full(), struct.pack("<II", 16, 0) + b"abcd" + bytes(4)),
        (Full(), struct.pack("<II", LIMIT + 100, 0)),
    ],
)
def test_impossible_frames_are_refused(framing: Framing, data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        framing.split(data, 0, LIMIT)


def test_the_full_transport_counts_both_ways() -> None:
    sender, receiver = Full(), Full()
    data = b"".join(sender.wrap(bytes((n,)) * 4) for n in range(3))
    assert len(split_all(receiver, data)) == 3
    repeated = struct.pack("<II", 16, 0) + b"abcd"
    with pytest.raises(MalformedFrame):
        receiver.split(repeated + struct.pack("<I", zlib.crc32(repeated)), 0, LIMIT)


def test_the_first_bytes_tell_the_transport() -> None:
    def kind(data: bytes) -> tuple[type | None, int] | None:
        found = detect(data)
        return None if found is None else (type(found.framing) if found.framing else None, found.consumed)

    assert kind(b"") is None
    assert kind(b"\xef") == (Abridged, 1)
    assert kind(b"\xee" * 4 + bytes(4)) == (Intermediate, 4)
    assert kind(b"\xdd" * 4 + bytes(4)) == (PaddedIntermediate, 4)
    assert kind(struct.pack("<II", 40, 0)) == (Full, 0)
    assert kind(b"\xee\xee\xee") is None
    assert kind(bytes(range(1, 65))) == (None, 0)
    with pytest.raises(MalformedFrame):
        detect(b"GET / HT")


def test_an_unknown_tag_is_refused() -> None:
    assert isinstance(framing_of_tag(b"\xdd" * 4), PaddedIntermediate)
    with pytest.raises(MalformedFrame):
        framing_of_tag(b"abcd")
