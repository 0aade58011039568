"""A small MTProto client for load: obfuscated intermediate transport, calls, pushes, acknowledgements.

It speaks the codec and the encryption of our own rooms, so that a load of hundreds of clients costs little. It
acknowledges together with its next call, as Telethon does, or once sixteen are owed (kurigram: ten); never by time.
"""

from __future__ import annotations

import asyncio
import os
import struct
import time
from asyncio import Future
from collections.abc import Callable
from typing import Any, cast

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from parley.app.bench.errors import CallFailed
from parley.app.bench.exchange import Agreed, exchange
from parley.mtproto import messages as m
from parley.mtproto import plain
from parley.mtproto.encryption import CLIENT, SERVER, decrypt, encrypt, key_id_of
from parley.mtproto.rsa_key import RsaKey
from parley.mtproto.transports import INTERMEDIATE_TAG, Intermediate
from parley.mtproto.wire import Reader, pack_bytes
from parley.tl import layers

LAYER = 229
_ACKNOWLEDGE_AT = 16
_LARGEST_FRAME = 1 << 24
_TRANSPORT_ERROR_SIZE = 4
_INVOKE_WITH_LAYER, _INIT_CONNECTION = 0xDA9B0D0D, 0xC1CD5EA9
_CODEC = layers.get(LAYER)


class Client(asyncio.Protocol):
    """One connection with one session. `on_push` hears of every update, still encoded."""

    def __init__(self) -> None:
        self.on_push: Callable[[bytes], None] = _ignore
        self._framing = Intermediate()
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._plain: Future[bytes] | None = None
        self._waiting: dict[int, tuple[Future[bytes], bytes]] = {}
        self._owed: list[int] = []
        self._key = b""
        self._key_id = b""
        self._salt = 0
        self._session = int.from_bytes(os.urandom(8), "little", signed=True)
        self._last_id = 0
        self._content = 0
        self._introduced = False

    # --- life ---

    @classmethod
    async def connect(cls, address: tuple[str, int]) -> Client:
        """Open a connection and announce the transport."""
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(cls, *address)
        return client

    async def new_key(self, rsa: RsaKey) -> Agreed:
        """Exchange a key and use it."""
        agreed = await exchange(self._ask, rsa)
        self.use(agreed)
        return agreed

    def use(self, agreed: Agreed) -> None:
        """Speak with a key that another connection made."""
        self._key, self._salt = agreed.key, agreed.salt
        self._key_id = key_id_of(agreed.key).to_bytes(8, "little", signed=True)

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    async def call(self, function: Any) -> Any:
        """Run one method and give its decoded answer.

        Raises:
            CallFailed: the server refused it.
        """
        return _CODEC.decode_result(function, await self.send(_CODEC.encode(function)))

    def send(self, query: bytes) -> Future[bytes]:
        """Send an encoded call; the future gives the encoded answer, or CallFailed."""
        if not self._introduced:
            self._introduced = True
            query = _introduction() + query
        answer: Future[bytes] = asyncio.get_running_loop().create_future()
        self._send_call(answer, query)
        return answer

    # --- the carrier ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Choose the transport's key streams and send the header that carries them."""
        self._transport = cast("asyncio.Transport", transport)
        header = _random_header()
        self._outgoing = Cipher(AES(header[8:40]), CTR(header[40:56])).encryptor()
        turned = header[8:56][::-1]
        self._incoming = Cipher(AES(turned[:32]), CTR(turned[32:48])).encryptor()
        sealed = self._outgoing.update(header[:56] + INTERMEDIATE_TAG + header[60:])
        self._transport.write(header[:56] + sealed[56:])

    def data_received(self, data: bytes) -> None:
        """Cut frames out of what came."""
        self._buffer += self._incoming.update(data)
        start = 0
        while start < len(self._buffer):
            cut = self._framing.split(self._buffer, start, _LARGEST_FRAME)
            if isinstance(cut, int):
                break
            frame, start = cut
            self._on_frame(frame.payload)
        del self._buffer[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody will answer any more."""
        self._give_up("the connection was lost")

    def _give_up(self, reason: str) -> None:
        waiting = [future for future, _ in self._waiting.values()]
        for future in [*waiting, *([self._plain] if self._plain else [])]:
            if not future.done():
                future.set_exception(CallFailed(reason))
        self._waiting.clear()

    def _write(self, payload: bytes) -> None:
        assert self._transport is not None
        self._transport.write(self._outgoing.update(self._framing.wrap(payload)))

    # --- out ---

    async def _ask(self, body: bytes) -> bytes:
        self._plain = asyncio.get_running_loop().create_future()
        self._write(plain.pack(self._next_id(), body))
        return await self._plain

    def _send_call(self, answer: Future[bytes], query: bytes) -> None:
        msg_id, seqno = self._next_id(), self._content * 2 + 1
        self._content += 1
        self._waiting[msg_id] = (answer, query)
        if not self._owed:
            self._seal(msg_id, seqno, query)
            return
        acknowledgement = (self._next_id(), self._content * 2, self._acknowledgement())
        body = m.write_container([(msg_id, seqno, query), acknowledgement])
        self._seal(self._next_id(), self._content * 2, body)

    def _acknowledgement(self) -> bytes:
        owed, self._owed = self._owed, []
        return m.msgs_ack(owed)

    def _seal(self, msg_id: int, seqno: int, body: bytes) -> None:
        head = (self._salt, self._session, msg_id, seqno)
        self._write(encrypt(self._key, self._key_id, head, body, CLIENT))

    def _next_id(self) -> int:
        self._last_id = max(int(time.time() * 2**32) & ~3, self._last_id + 4)
        return self._last_id

    # --- in ---

    def _on_frame(self, payload: bytes) -> None:
        if len(payload) == _TRANSPORT_ERROR_SIZE:
            self._give_up(f"transport error {int.from_bytes(payload, 'little', signed=True)}")
            return
        if not self._key:
            if self._plain is not None and not self._plain.done():
                self._plain.set_result(plain.parse(payload))
            return
        message = decrypt(self._key, payload, SERVER)
        if int.from_bytes(message.body[:4], "little") == m.MSG_CONTAINER:
            for entry in m.read_container(message.body, 4096):
                self._on_message(entry.msg_id, entry.seqno, entry.body)
        else:
            self._on_message(message.msg_id, message.seqno, message.body)
        if len(self._owed) >= _ACKNOWLEDGE_AT:
            self._seal(self._next_id(), self._content * 2, self._acknowledgement())

    def _on_message(self, msg_id: int, seqno: int, body: bytes) -> None:
        if seqno & 1:
            self._owed.append(msg_id)
        constructor = int.from_bytes(body[:4], "little")
        if constructor == m.RPC_RESULT:
            self._on_result(struct.unpack_from("<q", body, 4)[0], body[12:])
        elif constructor == m.BAD_SERVER_SALT:
            refused, _, _, self._salt = struct.unpack_from("<qiiq", body, 4)
            self._send_call(*self._waiting.pop(refused))
        elif constructor == m.BAD_MSG_NOTIFICATION:
            refused, _, code = struct.unpack_from("<qii", body, 4)
            self._fail(refused, f"message refused with {code}")
        elif constructor not in _SILENT:
            self.on_push(body)

    def _on_result(self, msg_id: int, result: bytes) -> None:
        constructor = int.from_bytes(result[:4], "little")
        if constructor == m.RPC_ERROR:
            reader = Reader(result, 8)
            self._fail(msg_id, reader.string())
            return
        if constructor == m.GZIP_PACKED:
            result = m.unpack_gzip(result, _LARGEST_FRAME)
        waiting = self._waiting.pop(msg_id, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_result(result)

    def _fail(self, msg_id: int, reason: str) -> None:
        waiting = self._waiting.pop(msg_id, None)
        if waiting is not None and not waiting[0].done():
            waiting[0].set_exception(CallFailed(reason))


_SILENT = frozenset({m.NEW_SESSION_CREATED, m.MSGS_ACK, m.PONG})


def _ignore(body: bytes) -> None:
    """Updates that no benchmark asked for."""


def _introduction() -> bytes:
    """What comes before a session's first call: the layer and the client's description."""
    texts = b"".join(pack_bytes(text.encode()) for text in ("bench", "bench", "1.0", "en", "", "en"))
    return struct.pack("<IiIIi", _INVOKE_WITH_LAYER, LAYER, _INIT_CONNECTION, 0, 1) + texts


def _random_header() -> bytes:
    """64 random bytes that look like no other transport's beginning."""
    while True:
        header = os.urandom(64)
        if header[0] != 0xEF and header[:4] not in _OTHERS and header[4:8] != bytes(4):
            return header


_OTHERS = frozenset({b"HEAD", b"POST", b"GET ", b"OPTI", b"\xdd" * 4, b"\xee" * 4, b"\x16\x03\x01\x02"})
