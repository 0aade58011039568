"""One connection, whatever carries it: transport, obfuscation, key exchange, decryption, and its sessions' output.

It takes bytes and gives bytes through callables, so that a TCP socket, a WebSocket and a test feed it alike.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from parley.core.ids import AuthKeyId
from parley.mtproto import obfuscation, plain, transports
from parley.mtproto.diffie_hellman import Workbench
from parley.mtproto.dispatch import Dispatcher
from parley.mtproto.door import Door
from parley.mtproto.encryption import decrypt
from parley.mtproto.errors import DecryptionFailed, MtprotoError
from parley.mtproto.keyexchange import STARTS, KeyExchange, Reply
from parley.mtproto.keys import KeyRing, LiveKey
from parley.mtproto.limits import Limits
from parley.mtproto.message_ids import ANSWER
from parley.mtproto.metrics import Counters
from parley.mtproto.obfuscation import Obfuscation
from parley.mtproto.rsa_key import RsaKeys
from parley.mtproto.session import Session
from parley.mtproto.sessions import Registry
from parley.mtproto.transports import Frame, Framing

_log = logging.getLogger(__name__)

UNKNOWN_KEY, FLOOD = -404, -429
_NEVER = float("inf")

Spawn = Callable[[str, Coroutine[Any, Any, None]], object]


@dataclass(slots=True)
class Edge:
    """What all connections of a server share."""

    limits: Limits
    counters: Counters
    rsa: RsaKeys
    bench: Workbench
    ring: KeyRing
    registry: Registry
    dispatcher: Dispatcher
    door: Door
    spawn: Spawn
    secrets: Sequence[bytes] = ()
    now: Callable[[], float] = field(default=time.time)


class Connection:
    """The protocol's state on one connection. Not thread-safe; lives on the event loop."""

    __slots__ = (
        "_blocked",
        "_buffer",
        "_calls",
        "_close",
        "_edge",
        "_exchange",
        "_framing",
        "_needed",
        "_obfuscation",
        "_paused",
        "_send",
        "_sessions",
        "_starts",
        "_stopped",
        "_throttle",
        "_waiting",
        "address",
        "closed",
        "disconnect_at",
        "established",
        "last_seen",
        "opened_at",
        "writable",
    )

    def __init__(
        self,
        edge: Edge,
        address: tuple[str, int],
        send: Callable[[bytes], None],
        close: Callable[[], None],
        throttle: Callable[[bool], None] = lambda paused: None,
    ) -> None:
        """`send` writes bytes, `close` ends the carrier after what was written, `throttle` stops reading."""
        self._edge = edge
        self.address = address
        self._send = send
        self._close = close
        self._throttle = throttle
        self._framing: Framing | None = None
        self._obfuscation: Obfuscation | None = None
        self._buffer: bytearray | None = None
        self._needed = 0
        self._exchange: KeyExchange | None = None
        self._blocked = False
        self._waiting: deque[Frame] | None = None
        self._sessions: list[Session] = []
        self._calls = 0
        self._starts = 0
        self._paused = False
        self._stopped = False
        self.writable = True
        self.closed = False
        self.established = False
        self.opened_at = self.last_seen = edge.now()
        self.disconnect_at = _NEVER
        edge.counters.connections += 1
        edge.counters.connections_open += 1

    # --- what the carrier does ---

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer. Whatever breaks the protocol ends the connection; nothing is raised."""
        if self.closed or self._stopped:
            return
        self._edge.counters.bytes_in += len(data)
        self.last_seen = self._edge.now()
        try:
            self._take(data)
        except MtprotoError:
            self._edge.counters.malformed += 1
            self.close()

    def lost(self) -> None:
        """The carrier is gone: sessions keep what they have to say."""
        if not self.closed:
            self.closed = True
            self._edge.counters.connections_open -= 1
        for session in self._sessions:
            session.detach(self)
        self._sessions.clear()
        self._waiting = None
        self._buffer = None

    def close(self) -> None:
        """End the connection from this side."""
        if self.closed:
            return
        self.lost()
        self._close()

    def stop_reading(self) -> None:
        """Take nothing more from the peer; what was accepted is still answered."""
        self._stopped = True
        if not self._paused and not self.closed:
            self._paused = True
            self._throttle(True)

    def set_writable(self, writable: bool) -> None:
        """The carrier's buffer is full, or has room again."""
        self.writable = writable
        self._update_throttle()
        if writable:
            for session in self._sessions:
                if session.has_outgoing:
                    self._edge.registry.wake(session)

    def overdue(self, now: float) -> bool:
        """Tell whether a time limit has passed: the handshake's, the peer's own, or that of idleness."""
        limits = self._edge.limits
        if now >= self.disconnect_at or now - self.last_seen > limits.idle_s:
            return True
        return not self.established and now - self.opened_at > limits.handshake_s

    def send_error(self, code: int) -> None:
        """Send a transport error such as -404 and end the connection."""
        if not self.closed and self._framing is not None:
            self._write(self._framing.wrap_error(code))
        self.close()

    # --- bytes to frames ---

    def _take(self, data: bytes) -> None:
        if self._framing is not None and self._obfuscation is not None:
            data = self._obfuscation.reveal(data)
        if self._buffer is not None:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return
            pending: bytes | bytearray = self._buffer
            self._buffer = None
        else:
            pending = data
        start = 0
        if self._framing is None:
            pending = self._recognize(pending)
        if self._framing is not None:
            start = self._split(self._framing, pending)
        if not self.closed and start < len(pending):
            self._buffer = bytearray(memoryview(pending)[start:])

    def _recognize(self, pending: bytes | bytearray) -> bytes | bytearray:
        """Find out the transport; give what follows its announcement, or everything when too little is there."""
        found = transports.detect(pending)
        if found is None:
            return pending
        if found.framing is not None:
            self._framing = found.framing
            return pending[found.consumed :]
        if len(pending) < obfuscation.HEADER_SIZE:
            self._needed = obfuscation.HEADER_SIZE
            return pending
        opened = obfuscation.open_header(bytes(pending[: obfuscation.HEADER_SIZE]), self._edge.secrets)
        self._obfuscation, self._framing = opened.obfuscation, opened.framing
        return self._obfuscation.reveal(bytes(pending[obfuscation.HEADER_SIZE :]))

    def _split(self, framing: Framing, pending: bytes | bytearray) -> int:
        start = 0
        limit = self._edge.limits.frame_bytes
        while start < len(pending) and not self.closed:
            cut = framing.split(pending, start, limit)
            if isinstance(cut, int):
                self._needed = cut
                break
            frame, start = cut
            self._edge.counters.frames_in += 1
            self._on_frame(frame)
        return start

    # --- frames to messages ---

    def _on_frame(self, frame: Frame) -> None:
        if self._blocked:
            self._wait(frame)
            return
        if len(frame.payload) < 8:
            raise DecryptionFailed("frame too short")
        key_id = AuthKeyId(int.from_bytes(frame.payload[:8], "little", signed=True))
        if key_id == 0:
            self._exchange_step(frame.payload)
            return
        key = self._edge.ring.get(key_id)
        if key is None:
            self._block()
            self._wait(frame)
            self._edge.spawn("load key", self._load(key_id))
        else:
            self._on_message(key, frame)

    def _wait(self, frame: Frame) -> None:
        if self._waiting is None:
            self._waiting = deque()
        if len(self._waiting) >= self._edge.limits.waiting_frames:
            raise DecryptionFailed("too many frames at once")
        self._waiting.append(frame)

    def _block(self) -> None:
        self._blocked = True
        self._update_throttle()

    def _unblock(self) -> None:
        """Process what came meanwhile, until the next thing that has to be waited for."""
        self._blocked = False
        try:
            while self._waiting and not self._blocked and not self.closed:
                self._on_frame(self._waiting.popleft())
        except MtprotoError:
            self._edge.counters.malformed += 1
            self.close()
        self._update_throttle()

    def _update_throttle(self) -> None:
        limits = self._edge.limits
        busy = self._calls >= (limits.calls_in_flight // 2 if self._paused else limits.calls_in_flight)
        paused = busy or self._blocked or self._stopped or not self.writable
        if paused != self._paused and not self.closed:
            self._paused = paused
            self._throttle(paused)

    async def _load(self, key_id: AuthKeyId) -> None:
        try:
            key = await self._edge.ring.load(key_id)
        except Exception as error:
            _log.error("loading a key failed: %s", type(error).__name__)
            self.close()
            return
        if key is None:
            self._edge.counters.unknown_keys += 1
            self.send_error(UNKNOWN_KEY)
            return
        self._unblock()

    def _on_message(self, key: LiveKey, frame: Frame) -> None:
        edge = self._edge
        try:
            message = decrypt(key.secret, frame.payload)
        except DecryptionFailed:
            edge.counters.undecryptable += 1
            raise
        self.established = True
        if frame.wants_quick_ack and self._framing is not None:
            acknowledgement = self._framing.wrap_quick_ack(message.quick_ack)
            if acknowledgement is not None:
                self._write(acknowledgement)
        session = edge.registry.session_of(key, message.session_id, self.last_seen)
        if session.link is not self:
            self._sessions = [*(s for s in self._sessions if s.link is self), session]
            session.attach(self)
        for call in session.receive(message, self.last_seen):
            self._calls += 1
            edge.dispatcher.start(session, call, self.address, self._call_done)
        self._update_throttle()

    def _call_done(self) -> None:
        self._calls -= 1
        if self._paused:
            self._update_throttle()

    # --- key exchange ---

    def _exchange_step(self, payload: bytes) -> None:
        body = plain.parse(payload)
        if int.from_bytes(body[:4], "little") in STARTS:
            self._starts += 1
            if self._starts > self._edge.limits.handshake_starts:
                self.send_error(FLOOD)
                return
        if self._exchange is None:
            self._exchange = KeyExchange(self._edge.rsa, self._edge.bench, self._edge.ring.add, self._edge.now)
        if not self._edge.door.may_exchange():
            self.send_error(FLOOD)
            return
        self._block()
        self._edge.spawn("key exchange", self._exchange_answer(self._exchange, body))

    async def _exchange_answer(self, exchange: KeyExchange, body: bytes) -> None:
        counters = self._edge.counters
        try:
            async with self._edge.door.exchanging():
                reply = await exchange.answer(body)
        except MtprotoError:
            counters.handshakes_failed += 1
            self.send_error(UNKNOWN_KEY)
            return
        except Exception as error:
            _log.error("a key exchange failed: %s", type(error).__name__)
            self.close()
            return
        self._send_exchange_reply(reply)

    def _send_exchange_reply(self, reply: Reply) -> None:
        if self.closed or self._framing is None:
            return
        self._write(self._framing.wrap(plain.pack(self._edge.registry.ids.next(ANSWER), reply.body)))
        if reply.over:
            self._edge.counters.handshakes_failed += 1
            self.close()
            return
        if reply.key is not None:
            self._edge.counters.handshakes += 1
            self._exchange = None
        self._unblock()

    # --- out ---

    def send_session(self, session: Session) -> None:
        """Seal and send what the session has queued."""
        framing = self._framing
        if self.closed or framing is None:
            return
        key, counters = session.key, self._edge.counters
        conceal = None if self._obfuscation is None else self._obfuscation.conceal
        salt = key.salts.present(int(self.last_seen))
        for msg_id, seqno, body in session.drain():
            data = framing.wrap(key.sealer.seal(salt, session.session_id, msg_id, seqno, body))
            if conceal is not None:
                data = conceal(data)
            counters.frames_out += 1
            counters.bytes_out += len(data)
            self._send(data)

    def _write(self, data: bytes) -> None:
        if self._obfuscation is not None:
            data = self._obfuscation.conceal(data)
        self._edge.counters.bytes_out += len(data)
        self._send(data)
