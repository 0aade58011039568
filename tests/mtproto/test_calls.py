"""Whatever a client wraps its calls in, the call inside is found; broken wrappers are told."""

import gzip
import struct

import pytest
from telethon import functions as f
from telethon import types as t

from parley.mtproto import messages as m
from parley.mtproto.calls import Envelope, open_call
from parley.mtproto.errors import RpcError
from parley.mtproto.wire import pack_bytes
from tests.mtproto import peer as p

QUERY = f.help.GetNearestDcRequest()


def opened(body: object) -> Envelope:
    return open_call(bytes(body), 1 << 20)  # type: ignore[call-overload]


def test_a_bare_call_is_left_alone() -> None:
    assert opened(QUERY) == Envelope(query=bytes(QUERY))


def test_the_first_call_of_a_client_names_layer_and_client() -> None:
    params = t.JsonObject(
        [
            t.JsonObjectValue("tz", t.JsonNumber(3600.0)),
            t.JsonObjectValue("more", t.JsonArray([t.JsonNull(), t.JsonBool(True), t.JsonString("x")])),
        ]
    )
    proxy = t.InputClientProxy("proxy", 443)
    init = f.InitConnectionRequest(42, "device", "system", "1.0", "sv", "", "en", QUERY, proxy, params)
    envelope = opened(f.InvokeWithLayerRequest(227, init))
    assert (envelope.layer, envelope.query) == (227, bytes(QUERY))
    assert envelope.client is not None
    assert (envelope.client.api_id, envelope.client.device_model, envelope.client.lang_code) == (42, "device", "en")


def test_every_wrapper_is_taken_off() -> None:
    wrapped = f.InvokeWithoutUpdatesRequest(
        f.InvokeAfterMsgRequest(
            8,
            f.InvokeAfterMsgsRequest(
                [12, 16],
                f.InvokeWithTakeoutRequest(
                    99,
                    f.InvokeWithMessagesRangeRequest(
                        t.MessageRange(1, 5),
                        f.InvokeWithBusinessConnectionRequest(
                            "biz",
                            f.InvokeWithApnsSecretRequest(
                                "a",
                                "b",
                                f.InvokeWithGooglePlayIntegrityRequest(
                                    "a", "b", f.InvokeWithReCaptchaRequest("a", QUERY)
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        )
    )
    envelope = opened(wrapped)
    assert envelope.query == bytes(QUERY)
    assert envelope.without_updates
    assert envelope.after == [8, 12, 16]
    assert (envelope.takeout_id, envelope.messages_range) == (99, (1, 5))
    assert envelope.business_connection_id == "biz"


def test_a_call_may_be_packed_inside_its_wrappers() -> None:
    packed = struct.pack("<I", m.GZIP_PACKED) + pack_bytes(gzip.compress(bytes(QUERY)))
    assert opened(p.with_layer(packed)).query == bytes(QUERY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        p.with_layer(b""),
        p.with_layer(b"")[:20],
        struct.pack("<I", 0xBF9459B7) * 20,
        struct.pack("<IIiQ", 0x365275F2, 1, 2, 3),
        struct.pack("<IIii", 0xC1CD5EA9, 2, 1, 0) + bytes(24) + struct.pack("<III", 0xF7444763, 0x1CB5C415, 2**31),
        struct.pack("<III", 0x3DC4B4F0, 0x1CB5C415, 1000) + bytes(8000),
        struct.pack("<I", m.GZIP_PACKED) + pack_bytes(b"nothing"),
    ],
)
def test_broken_wrappers_are_told(body: bytes) -> None:
    with pytest.raises(RpcError) as caught:
        open_call(body, 1 << 20)
    assert (caught.value.code, caught.value.message) == (400, "INPUT_FETCH_ERROR")


def test_parameters_cannot_nest_without_end() -> None:
    nested = struct.pack("<III", 0xF7444763, 0x1CB5C415, 1) * 200 + struct.pack("<I", 0x3F6D7B68)
    body = struct.pack("<IIi", 0xC1CD5EA9, 2, 1) + pack_bytes(b"x") * 6 + nested + bytes(QUERY)
    with pytest.raises(RpcError):
        open_call(body, 1 << 20)


def test_impossible_layers_are_refused() -> None:
    for layer in (0, -1, 2**30):
        with pytest.raises(RpcError, match="CONNECTION_LAYER_INVALID"):
            open_call(p.with_layer(bytes(QUERY), layer), 1 << 20)
