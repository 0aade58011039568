"""MTProto's service messages: their constructor ids, how the server writes them and takes them apart.

Source: https://core.telegram.org/mtproto/service_messages and the MTProto schema.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from parley.mtproto.errors import MalformedMessage
from parley.mtproto.wire import Reader, pack_bytes, pack_longs

MSG_CONTAINER, MSG_COPY, GZIP_PACKED = 0x73F1F8DC, 0xE06046B2, 0x3072CFA1
MSGS_ACK, BAD_MSG_NOTIFICATION, BAD_SERVER_SALT = 0x62D6B459, 0xA7EFF811, 0xEDAB447B
MSGS_STATE_REQ, MSGS_STATE_INFO, MSGS_ALL_INFO = 0xDA69FB52, 0x04DEB57D, 0x8CC0D131
MSG_DETAILED_INFO, MSG_NEW_DETAILED_INFO = 0x276D3EC6, 0x809DB6DF
MSG_RESEND_REQ, MSG_RESEND_ANS_REQ = 0x7D861A08, 0x8610BAEB
RPC_RESULT, RPC_ERROR, RPC_DROP_ANSWER = 0xF35C6D01, 0x2144CA19, 0x58E4A740
RPC_ANSWER_UNKNOWN, RPC_ANSWER_DROPPED_RUNNING, RPC_ANSWER_DROPPED = 0x5E2AD36E, 0xCD78E586, 0xA43AD8B7
GET_FUTURE_SALTS, FUTURE_SALTS = 0xB921BD04, 0xAE500895
PING, PING_DELAY_DISCONNECT, PONG = 0x7ABE77EC, 0xF3427B8C, 0x347773C5
DESTROY_SESSION, DESTROY_SESSION_OK, DESTROY_SESSION_NONE = 0xE7512126, 0xE22045FC, 0x62D350C9
DESTROY_AUTH_KEY, DESTROY_AUTH_KEY_OK, DESTROY_AUTH_KEY_FAIL = 0xD1435160, 0xF660E1D4, 0xEA109B13
NEW_SESSION_CREATED, HTTP_WAIT = 0x9EC20908, 0x9299359F

BAD_CONTAINER = 64

_ENTRY = struct.Struct("<qii")
_RESULT = struct.Struct("<Iq")
#: Answers below this size (bytes) are not worth packing, above the second they cost too much at once.
_PACK_FROM, _PACK_TO = 1024, 128 * 1024


@dataclass(slots=True)
class Entry:
    """One message inside a container."""

    msg_id: int
    seqno: int
    body: bytes


def read_container(body: bytes, most: int) -> list[Entry]:
    """Take a container apart.

    Raises:
        MalformedMessage: more than `most` messages, or lengths that do not fit.
    """
    reader = Reader(body, 4)
    count = reader.uint32()
    if count > most:
        raise MalformedMessage("container holds too many messages")
    entries = []
    for _ in range(count):
        msg_id, seqno, size = _ENTRY.unpack(reader.raw(_ENTRY.size))
        if size < 4 or size % 4:
            raise MalformedMessage("message length in container out of range")
        entries.append(Entry(msg_id, seqno & 0xFFFFFFFF, reader.raw(size)))
    return entries


def write_container(entries: list[tuple[int, int, bytes]]) -> bytes:
    """Put messages (message id, sequence number, body) into a container."""
    parts = [struct.pack("<II", MSG_CONTAINER, len(entries))]
    for msg_id, seqno, body in entries:
        parts.append(_ENTRY.pack(msg_id, seqno, len(body)))
        parts.append(body)
    return b"".join(parts)


#: Tells zlib to look at the head and take either form.
_GZIP_OR_ZLIB = 47


def unpack_gzip(body: bytes, most: int) -> bytes:
    """Unpack a `gzip_packed` object (constructor included); mtcute packs as zlib (RFC 1950), others as gzip.

    Raises:
        MalformedMessage: not gzip, cut short, or larger than `most` bytes when unpacked.
    """
    packed = Reader(body, 4).blob()
    machine = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    try:
        data = machine.decompress(packed, most)
    except zlib.error:
        raise MalformedMessage("packed data is not gzip") from None
    if not machine.eof or len(data) < 4:
        raise MalformedMessage("packed data is cut short or too large")
    return data


def rpc_result(req_msg_id: int, result: bytes) -> bytes:
    """Write the answer to a call; a large compressible one is packed."""
    if _PACK_FROM <= len(result) <= _PACK_TO:
        result = _packed_if_smaller(result)
    return _RESULT.pack(RPC_RESULT, req_msg_id) + result


def _packed_if_smaller(result: bytes) -> bytes:
    machine = zlib.compressobj(3, wbits=31)
    packed = machine.compress(result) + machine.flush()
    if len(packed) > len(result) * 9 // 10:
        return result
    return struct.pack("<I", GZIP_PACKED) + pack_bytes(packed)


def rpc_error(code: int, message: str) -> bytes:
    """Write an error as the result of a call."""
    return struct.pack("<Ii", RPC_ERROR, code) + pack_bytes(message.encode())


def msgs_ack(msg_ids: list[int]) -> bytes:
    """Acknowledge content messages of the client."""
    return struct.pack("<I", MSGS_ACK) + pack_longs(msg_ids)


def pong(msg_id: int, ping_id: int) -> bytes:
    """Answer a ping."""
    return struct.pack("<Iqq", PONG, msg_id, ping_id)


def bad_message(msg_id: int, seqno: int, code: int) -> bytes:
    """Refuse a message for its id, number or container."""
    return struct.pack("<IqIi", BAD_MSG_NOTIFICATION, msg_id, seqno, code)


def bad_salt(msg_id: int, seqno: int, salt: int) -> bytes:
    """Refuse a message for its salt and name the right one."""
    return struct.pack("<IqIiq", BAD_SERVER_SALT, msg_id, seqno, 48, salt)


def new_session(first_msg_id: int, unique_id: int, salt: int) -> bytes:
    """Tell that the server holds no state of messages before `first_msg_id`."""
    return struct.pack("<Iqqq", NEW_SESSION_CREATED, first_msg_id, unique_id, salt)


def state_info(req_msg_id: int, states: bytes) -> bytes:
    """Answer `msgs_state_req`: one byte for each message asked about."""
    return struct.pack("<Iq", MSGS_STATE_INFO, req_msg_id) + pack_bytes(states)


def detailed_info(msg_id: int, answer_msg_id: int, size: int, status: int) -> bytes:
    """Tell that a repeated call has been answered, and by which message."""
    return struct.pack("<Iqqii", MSG_DETAILED_INFO, msg_id, answer_msg_id, size, status)


def future_salts(req_msg_id: int, now: int, salts: list[tuple[int, int, int]]) -> bytes:
    """List salts (valid since, valid until, salt). Vector and elements are bare in this message."""
    head = struct.pack("<IqiI", FUTURE_SALTS, req_msg_id, now, len(salts))
    return head + b"".join(struct.pack("<iiq", *salt) for salt in salts)


def destroy_session_result(session_id: int, *, existed: bool) -> bytes:
    """Answer `destroy_session`."""
    return struct.pack("<Iq", DESTROY_SESSION_OK if existed else DESTROY_SESSION_NONE, session_id)


def dropped_answer(msg_id: int, seqno: int, size: int) -> bytes:
    """Tell that an answer that was ready has been dropped."""
    return struct.pack("<IqIi", RPC_ANSWER_DROPPED, msg_id, seqno, size)
