"""One MTProto session: judges the client's messages, answers service messages, queues what goes out.

No sockets and no event loop: messages in, calls out, and a queue that the connection drains. A session outlives
its connections; what was not acknowledged goes out again on the next one.
Source: https://core.telegram.org/mtproto/service_messages, .../service_messages_about_messages.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from parley.core.auth_keys import ClientInfo
from parley.core.ids import AuthKeyId, SessionId
from parley.mtproto import messages as m
from parley.mtproto.encryption import Decrypted
from parley.mtproto.errors import MalformedMessage
from parley.mtproto.keys import LiveKey
from parley.mtproto.limits import Limits
from parley.mtproto.message_ids import ANSWER, NOT_DIVISIBLE, NOTICE, MessageIds, fault_of
from parley.mtproto.metrics import Counters
from parley.mtproto.outgoing import Outgoing, OutMessage
from parley.mtproto.received import DUPLICATE, EVEN_EXPECTED, ODD_EXPECTED, TOO_OLD, ReceivedLog, State
from parley.mtproto.wire import Reader

_SAME_CONTAINER = 19
_DONE = (State.ANSWERED, State.FAILED, State.LOST)


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call that has to be run once: its message id and its TL bytes, still in their invokeWith… wrappers."""

    msg_id: int
    body: bytes


class Link(Protocol):
    """The connection that a session's messages go out on."""

    disconnect_at: float

    @property
    def writable(self) -> bool:
        """False while the peer reads too slowly."""
        ...

    def send_session(self, session: Session) -> None:
        """Seal and send what the session has queued."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Hub(Protocol):
    """What sessions need of the registry that holds them."""

    ids: MessageIds
    limits: Limits
    counters: Counters

    def wake(self, session: Session) -> None:
        """Have the session's queue drained soon."""
        ...

    def acknowledge_later(self, session: Session) -> None:
        """Have the session's `acknowledge` called before long: most calls are answered earlier."""
        ...

    def destroy_session(self, key: LiveKey, session_id: int) -> bool:
        """End another session of the key; False where there is none."""
        ...

    def overflowed(self, session: Session) -> None:
        """Tell the observer that pushes were dropped."""
        ...


class Session:
    """See the module. `layer` is 0 until known; `wants_updates` once a call came without `invokeWithoutUpdates`."""

    __slots__ = (
        "_announced",
        "_answers",
        "_dropped",
        "_hub",
        "_outgoing",
        "_overflowed",
        "_received",
        "_to_acknowledge",
        "_waiters",
        "client",
        "closed",
        "first_msg_id",
        "key",
        "last_seen",
        "layer",
        "link",
        "owner",
        "session_id",
        "unique_id",
        "wants_updates",
        "woken",
    )

    def __init__(self, hub: Hub, key: LiveKey, session_id: SessionId, now: float) -> None:
        self._hub = hub
        self.key = key
        self.session_id = session_id
        self.unique_id = secrets.randbits(63)
        self.layer = key.layer
        self.client = key.client or ClientInfo()
        self.wants_updates = False
        #: What the rpc room attached to the key: an account's id, opaque here.
        self.owner: int | None = None
        self.link: Link | None = None
        self.last_seen = now
        self.closed = False
        #: Whether the registry has this session on its list to drain.
        self.woken = False
        self.first_msg_id = 0
        self._announced = False
        self._overflowed = False
        self._received = ReceivedLog(hub.limits.received_ids)
        self._outgoing = Outgoing(hub.ids, hub.limits, self._lost)
        self._to_acknowledge: dict[int, None] = {}
        self._answers: dict[int, OutMessage] = {}
        self._dropped: set[int] = set()
        self._waiters: dict[int, list[Callable[[State], None]]] = {}

    @property
    def auth_key_id(self) -> AuthKeyId:
        """The id of the key that the session acts for: the permanent one where there is one."""
        return self.key.acting_id

    # --- what the connection does ---

    def attach(self, link: Link) -> None:
        """Send on `link` from now on, beginning with what the client did not acknowledge."""
        if self.link is link:
            return
        self.link = link
        self._hub.counters.resent += self._outgoing.resend_all()
        if self._overflowed:
            self._overflowed = False
            self._hub.overflowed(self)
        self._hub.wake(self)

    def detach(self, link: Link) -> None:
        """Keep what has to go out until another connection comes."""
        if self.link is link:
            self.link = None

    def receive(self, message: Decrypted, now: float) -> list[IncomingCall]:
        """Process one message of the client, a container or a single one, and give the calls to run.

        Raises:
            MalformedMessage: a service message that ends early.
        """
        self.last_seen = now
        fault = fault_of(message.msg_id, now)
        if fault:
            self._refuse(message.msg_id, message.seqno, fault)
            return []
        if not self.key.salts.accepts(message.salt, int(now)):
            self._hub.counters.bad_salts += 1
            self._notify(m.bad_salt(message.msg_id, message.seqno, self.key.salts.present(int(now))))
            return []
        calls: list[IncomingCall] = []
        if _constructor(message.body) == m.MSG_CONTAINER:
            self._container(message, calls, now)
        else:
            self._one(message.msg_id, message.seqno, message.body, calls, now)
        if self._to_acknowledge:
            self._hub.acknowledge_later(self)
        return calls

    def drain(self) -> Sequence[tuple[int, int, bytes]]:
        """Give what has to be sealed and sent now: message id, sequence number, body."""
        return self._outgoing.drain()

    def acknowledge(self) -> None:
        """Queue an acknowledgement of what was received and not answered meanwhile."""
        if self._to_acknowledge:
            self._notify(m.msgs_ack(list(self._to_acknowledge)))
            self._to_acknowledge.clear()

    @property
    def has_outgoing(self) -> bool:
        """Tell whether `drain` would give anything."""
        return bool(self._outgoing)

    # --- what the server sends ---

    def push(self, body: bytes) -> bool:
        """Queue an update, already encoded in `self.layer`; False when it was dropped.

        When the queue overflows, waiting pushes are dropped as well and the observer hears of it once, at
        once or when the client is back.
        """
        if self.closed or (self._overflowed and self.link is None):
            return False
        if not self._outgoing.offer(OutMessage(body, content=True, kind=NOTICE)):
            self._overflow()
            return False
        self._hub.counters.pushes += 1
        if not self.woken:
            self._hub.wake(self)
        return True

    def _overflow(self) -> None:
        self._outgoing.drop_pushes()
        self._hub.counters.push_overflows += 1
        if self.link is None:
            self._overflowed = True
        else:
            self._hub.overflowed(self)

    def answer(self, msg_id: int, result: bytes, *, failed: bool = False) -> None:
        """Queue the result of a call and keep it until the client acknowledges it."""
        self._to_acknowledge.pop(msg_id, None)
        state = State.FAILED if failed else State.ANSWERED
        self._received.set_state(msg_id, state)
        if msg_id in self._dropped:
            self._dropped.discard(msg_id)
        elif not self.closed:
            self._queue_answer(msg_id, m.rpc_result(msg_id, result))
        for waiter in self._waiters.pop(msg_id, ()):
            waiter(state)

    def _queue_answer(self, msg_id: int, body: bytes) -> None:
        message = OutMessage(body, content=True, kind=ANSWER, answers=msg_id)
        if self.link is None and not self._outgoing.has_room(len(body)):
            self._lost(message)
            return
        self._answers[msg_id] = message
        self._send(message)

    def reply(self, body: bytes) -> None:
        """Queue an answer that is no `rpc_result`: pongs and the like, never sent twice."""
        self._send(OutMessage(body, content=False, kind=ANSWER))

    def _notify(self, body: bytes) -> None:
        self._send(OutMessage(body, content=False, kind=NOTICE))

    def _send(self, message: OutMessage) -> None:
        self._outgoing.put(message)
        self._hub.wake(self)

    def _lost(self, message: OutMessage) -> None:
        if message.answers:
            self._answers.pop(message.answers, None)
            self._received.set_state(message.answers, State.LOST)

    # --- what other calls ask ---

    def state_of(self, msg_id: int) -> State | None:
        """Give how far a call of this session has come, None when it never arrived or is forgotten."""
        return self._received.state(msg_id)

    def when_done(self, msg_id: int, waiter: Callable[[State], None]) -> None:
        """Have `waiter` called with the outcome of a call that runs, or that has yet to arrive."""
        self._waiters.setdefault(msg_id, []).append(waiter)

    def forget_waiter(self, msg_id: int, waiter: Callable[[State], None]) -> None:
        """Take a waiter back."""
        waiting = self._waiters.get(msg_id, [])
        if waiter in waiting:
            waiting.remove(waiter)
        if not waiting:
            self._waiters.pop(msg_id, None)

    # --- judging ---

    def _refuse(self, msg_id: int, seqno: int, code: int) -> None:
        self._hub.counters.bad_messages += 1
        self._notify(m.bad_message(msg_id, seqno, code))

    def _announce(self, first_msg_id: int, now: float) -> None:
        """Before anything else a client hears that its session is new here, so that it repeats older calls."""
        if self._announced:
            return
        self._announced = True
        self.first_msg_id = first_msg_id
        body = m.new_session(first_msg_id, self.unique_id, self.key.salts.present(int(now)))
        self._send(OutMessage(body, content=True, kind=NOTICE))

    def _container(self, message: Decrypted, calls: list[IncomingCall], now: float) -> None:
        verdict = self._received.judge(message.msg_id, message.seqno & ~1)
        if verdict == DUPLICATE:
            self._refuse(message.msg_id, message.seqno, _SAME_CONTAINER)
            return
        if verdict == TOO_OLD or message.seqno & 1:
            self._refuse(message.msg_id, message.seqno, verdict or EVEN_EXPECTED)
            return
        entries = self._entries(message)
        if entries is None:
            self._refuse(message.msg_id, message.seqno, m.BAD_CONTAINER)
            return
        self._announce(min([entry.msg_id for entry in entries], default=message.msg_id), now)
        self._received.add(message.msg_id, message.seqno)
        for entry in entries:
            self._one(entry.msg_id, entry.seqno, entry.body, calls, now)

    def _entries(self, message: Decrypted) -> list[m.Entry] | None:
        try:
            entries = m.read_container(message.body, self._hub.limits.container_messages)
        except MalformedMessage:
            return None
        for entry in entries:
            if entry.msg_id >= message.msg_id or _constructor(entry.body) == m.MSG_CONTAINER:
                return None
        return entries

    def _one(self, msg_id: int, seqno: int, body: bytes, calls: list[IncomingCall], now: float) -> None:
        if msg_id & 3:
            self._refuse(msg_id, seqno, NOT_DIVISIBLE)
            return
        verdict = self._received.judge(msg_id, seqno)
        if verdict == DUPLICATE:
            self._duplicate(msg_id, body, now)
        elif verdict:
            self._refuse(msg_id, seqno, verdict)
        else:
            self._announce(msg_id, now)
            self._process(msg_id, seqno, body, calls, now)

    def _process(self, msg_id: int, seqno: int, body: bytes, calls: list[IncomingCall], now: float) -> None:
        constructor = _constructor(body)
        if constructor == m.GZIP_PACKED:
            body = self._unpacked(body)
            constructor = _constructor(body)
        service = _SERVICES.get(constructor)
        if service is not None:
            # Real clients disagree on which service messages are content (mtcute numbers even its
            # acknowledgements so), hence only calls and containers are judged by parity.
            self._received.add(msg_id, seqno)
            service(self, msg_id, Reader(body, 4), now)
        elif not seqno & 1 and constructor != m.DESTROY_AUTH_KEY:
            self._refuse(msg_id, seqno, ODD_EXPECTED)
        else:
            self._received.add(msg_id, seqno)
            self._received.set_state(msg_id, State.RUNNING)
            self._to_acknowledge[msg_id] = None
            calls.append(IncomingCall(msg_id, body))

    def _unpacked(self, body: bytes) -> bytes:
        """Unpack a packed service message or call; one that cannot be is left for the call's error."""
        try:
            return m.unpack_gzip(body, self._hub.limits.unpacked_bytes)
        except MalformedMessage:
            return body

    def _duplicate(self, msg_id: int, body: bytes, now: float) -> None:
        """A message that is known is never run again: tell what became of it."""
        self._hub.counters.duplicates += 1
        state = self._received.state(msg_id)
        answer = self._answers.get(msg_id)
        if state is State.LOST:
            self._send(OutMessage(m.rpc_result(msg_id, _LOST_ANSWER), content=True, kind=ANSWER))
        elif answer is not None:
            if answer.msg_id:
                self._notify(m.detailed_info(msg_id, answer.msg_id, len(answer.body), 0))
        elif state is State.RECEIVED and _constructor(body) in (m.PING, m.PING_DELAY_DISCONNECT):
            _SERVICES[_constructor(body)](self, msg_id, Reader(body, 4), now)
        else:
            self._notify(m.msgs_ack([msg_id]))

    # --- service messages ---

    def _acks(self, msg_id: int, reader: Reader, now: float) -> None:
        for acknowledged in reader.longs():
            message = self._outgoing.acknowledge(acknowledged)
            if message is not None and message.answers:
                self._answers.pop(message.answers, None)

    def _ping(self, msg_id: int, reader: Reader, now: float) -> None:
        self.reply(m.pong(msg_id, reader.int64()))

    def _ping_delay_disconnect(self, msg_id: int, reader: Reader, now: float) -> None:
        self.reply(m.pong(msg_id, reader.int64()))
        if self.link is not None:
            self.link.disconnect_at = now + max(1, reader.int32())

    def _future_salts(self, msg_id: int, reader: Reader, now: float) -> None:
        salts = self.key.salts.upcoming(int(now), reader.int32())
        self.reply(m.future_salts(msg_id, int(now), salts))

    def _state_request(self, msg_id: int, reader: Reader, now: float) -> None:
        states = bytes(self._received.status_byte(asked) for asked in reader.longs())
        self.reply(m.state_info(msg_id, states))

    def _resend_request(self, msg_id: int, reader: Reader, now: float) -> None:
        wanted = reader.longs()
        found = [message for asked in wanted if (message := self._outgoing.sent(asked)) is not None]
        self._resend(msg_id, wanted, found)

    def _resend_answers_request(self, msg_id: int, reader: Reader, now: float) -> None:
        wanted = reader.longs()
        found = [answer for asked in wanted if (answer := self._answers.get(asked)) is not None]
        self._resend(msg_id, wanted, [answer for answer in found if answer.msg_id])

    def _resend(self, msg_id: int, wanted: list[int], found: list[OutMessage]) -> None:
        self._outgoing.resend(found)
        self._hub.counters.resent += len(found)
        if len(found) < len(wanted):
            self.reply(m.state_info(msg_id, bytes(4 if self._outgoing.sent(i) else 1 for i in wanted)))
        self._hub.wake(self)

    def _drop_answer(self, msg_id: int, reader: Reader, now: float) -> None:
        call_id = reader.int64()
        answer = self._answers.pop(call_id, None)
        if self._received.state(call_id) is State.RUNNING:
            self._dropped.add(call_id)
            result = m.RPC_ANSWER_DROPPED_RUNNING.to_bytes(4, "little")
        elif answer is not None:
            result = m.dropped_answer(answer.msg_id, answer.seqno, len(answer.body))
            self._outgoing.withdraw(answer)
        else:
            result = m.RPC_ANSWER_UNKNOWN.to_bytes(4, "little")
        self._received.set_state(msg_id, State.ANSWERED)
        self._queue_answer(msg_id, m.rpc_result(msg_id, result))

    def _destroy_session(self, msg_id: int, reader: Reader, now: float) -> None:
        session_id = reader.int64()
        existed = session_id != self.session_id and self._hub.destroy_session(self.key, session_id)
        self.reply(m.destroy_session_result(session_id, existed=existed))

    def _only_acknowledge(self, msg_id: int, reader: Reader, now: float) -> None:
        self._to_acknowledge[msg_id] = None

    def _ignore(self, msg_id: int, reader: Reader, now: float) -> None:
        """`http_wait` belongs to a transport that holds requests open; here it means nothing."""


_LOST_ANSWER = m.rpc_error(500, "RPC_CALL_FAIL")

_SERVICES: dict[int, Callable[[Session, int, Reader, float], None]] = {
    m.MSGS_ACK: Session._acks,
    m.PING: Session._ping,
    m.PING_DELAY_DISCONNECT: Session._ping_delay_disconnect,
    m.GET_FUTURE_SALTS: Session._future_salts,
    m.MSGS_STATE_REQ: Session._state_request,
    m.MSG_RESEND_REQ: Session._resend_request,
    m.MSG_RESEND_ANS_REQ: Session._resend_answers_request,
    m.RPC_DROP_ANSWER: Session._drop_answer,
    m.DESTROY_SESSION: Session._destroy_session,
    m.MSGS_ALL_INFO: Session._only_acknowledge,
    m.MSGS_STATE_INFO: Session._only_acknowledge,
    m.MSG_DETAILED_INFO: Session._only_acknowledge,
    m.MSG_NEW_DETAILED_INFO: Session._only_acknowledge,
    m.HTTP_WAIT: Session._ignore,
}


def _constructor(body: bytes) -> int:
    return int.from_bytes(body[:4], "little")
