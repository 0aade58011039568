"""Taking a call out of its `invokeWith…` wrappers, which are the same in every layer and carry its circumstances.

Source: https://core.telegram.org/api/invoking and the methods' own pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from parley.core.auth_keys import ClientInfo
from parley.mtproto.errors import MalformedMessage, RpcError
from parley.mtproto.messages import GZIP_PACKED, unpack_gzip
from parley.mtproto.wire import VECTOR, Reader

INVOKE_WITH_LAYER, INIT_CONNECTION = 0xDA9B0D0D, 0xC1CD5EA9
INVOKE_AFTER_MSG, INVOKE_AFTER_MSGS = 0xCB9F372D, 0x3DC4B4F0
INVOKE_WITHOUT_UPDATES, INVOKE_WITH_MESSAGES_RANGE = 0xBF9459B7, 0x365275F2
INVOKE_WITH_TAKEOUT, INVOKE_WITH_BUSINESS_CONNECTION = 0xACA9FD2E, 0xDD289F8E
INVOKE_WITH_GOOGLE_PLAY_INTEGRITY, INVOKE_WITH_APNS_SECRET = 0x1DF92984, 0x0DAE54F8
INVOKE_WITH_RECAPTCHA = 0xADBB0F94

_MESSAGE_RANGE, _INPUT_CLIENT_PROXY = 0x0AE30253, 0x75588B3F
_JSON_NULL, _JSON_BOOL, _JSON_NUMBER, _JSON_STRING = 0x3F6D7B68, 0xC7345E6A, 0x2BE0DFA4, 0xB71E767A
_JSON_ARRAY, _JSON_OBJECT, _JSON_OBJECT_VALUE = 0xF7444763, 0x99C1D49D, 0xC0DE1BD9

_DEEPEST = 16
_MOST_AFTER = 256
_LONGEST_TEXT = 128


@dataclass(slots=True)
class Envelope:
    """A call without its wrappers. `layer` is 0 and `client` None where no wrapper named them."""

    query: bytes = b""
    layer: int = 0
    client: ClientInfo | None = None
    without_updates: bool = False
    after: list[int] = field(default_factory=list)
    takeout_id: int | None = None
    business_connection_id: str | None = None
    messages_range: tuple[int, int] | None = None


def open_call(body: bytes, most_unpacked: int) -> Envelope:
    """Take off every wrapper.

    Raises:
        RpcError: 400 INPUT_FETCH_ERROR for wrappers that do not parse or nest too deep.
    """
    envelope = Envelope()
    try:
        for _ in range(_DEEPEST):
            reader = Reader(body)
            constructor = reader.uint32()
            if constructor == GZIP_PACKED:
                body = unpack_gzip(body, most_unpacked)
                continue
            wrapper = _WRAPPERS.get(constructor)
            if wrapper is None:
                envelope.query = body
                return envelope
            wrapper(envelope, reader)
            body = reader.rest()
    except MalformedMessage:
        raise RpcError(400, "INPUT_FETCH_ERROR") from None
    raise RpcError(400, "INPUT_FETCH_ERROR")


def _layer(envelope: Envelope, reader: Reader) -> None:
    envelope.layer = reader.int32()
    if not 0 < envelope.layer < 100_000:
        raise RpcError(400, "CONNECTION_LAYER_INVALID")


def _init_connection(envelope: Envelope, reader: Reader) -> None:
    flags = reader.uint32()
    api_id = reader.int32()
    texts = [reader.string()[:_LONGEST_TEXT] for _ in range(6)]
    if flags & 1:
        _expect(reader, _INPUT_CLIENT_PROXY)
        reader.blob()
        reader.int32()
    if flags & 2:
        _skip_json(reader, 0)
    envelope.client = ClientInfo(api_id, *texts)


def _skip_json(reader: Reader, depth: int) -> None:
    constructor = reader.uint32()
    if depth > _DEEPEST:
        raise MalformedMessage("parameters nest too deep")
    if constructor == _JSON_BOOL:
        reader.raw(4)
    elif constructor == _JSON_NUMBER:
        reader.raw(8)
    elif constructor == _JSON_STRING:
        reader.blob()
    elif constructor in (_JSON_ARRAY, _JSON_OBJECT):
        _expect(reader, VECTOR)
        for _ in range(reader.uint32()):
            if constructor == _JSON_OBJECT:
                _expect(reader, _JSON_OBJECT_VALUE)
                reader.blob()
            _skip_json(reader, depth + 1)
    elif constructor != _JSON_NULL:
        raise MalformedMessage("unknown parameter")


def _expect(reader: Reader, constructor: int) -> None:
    if reader.uint32() != constructor:
        raise MalformedMessage("unexpected constructor")


def _after_one(envelope: Envelope, reader: Reader) -> None:
    envelope.after.append(reader.int64())


def _after_many(envelope: Envelope, reader: Reader) -> None:
    envelope.after.extend(reader.longs())
    if len(envelope.after) > _MOST_AFTER:
        raise MalformedMessage("waits for too many calls")


def _without_updates(envelope: Envelope, reader: Reader) -> None:
    envelope.without_updates = True


def _messages_range(envelope: Envelope, reader: Reader) -> None:
    _expect(reader, _MESSAGE_RANGE)
    envelope.messages_range = (reader.int32(), reader.int32())


def _takeout(envelope: Envelope, reader: Reader) -> None:
    envelope.takeout_id = reader.int64()


def _business(envelope: Envelope, reader: Reader) -> None:
    envelope.business_connection_id = reader.string()


def _two_strings(envelope: Envelope, reader: Reader) -> None:
    reader.blob()
    reader.blob()


def _one_string(envelope: Envelope, reader: Reader) -> None:
    reader.blob()


_WRAPPERS: dict[int, Callable[[Envelope, Reader], None]] = {
    INVOKE_WITH_LAYER: _layer,
    INIT_CONNECTION: _init_connection,
    INVOKE_AFTER_MSG: _after_one,
    INVOKE_AFTER_MSGS: _after_many,
    INVOKE_WITHOUT_UPDATES: _without_updates,
    INVOKE_WITH_MESSAGES_RANGE: _messages_range,
    INVOKE_WITH_TAKEOUT: _takeout,
    INVOKE_WITH_BUSINESS_CONNECTION: _business,
    INVOKE_WITH_GOOGLE_PLAY_INTEGRITY: _two_strings,
    INVOKE_WITH_APNS_SECRET: _two_strings,
    INVOKE_WITH_RECAPTCHA: _one_string,
}
