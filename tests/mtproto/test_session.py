"""A session answers as the protocol says, loses nothing over a reconnect, and never runs a call twice."""

from __future__ import annotations

import gzip
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from parley.core.ids import AuthKeyId
from parley.mtproto import messages as m
from parley.mtproto.limits import Limits
from parley.mtproto.received import State
from parley.mtproto.session import IncomingCall, Session
from parley.mtproto.sessions import Registry, SilentObserver
from parley.mtproto.wire import Reader, pack_bytes, pack_longs
from tests.mtproto import peer as p
from tests.mtproto.peer import Peer, Received, live, new_record, take


class Link:
    """A connection that only counts."""

    def __init__(self) -> None:
        self.disconnect_at = float("inf")
        self.writable = True
        self.closed = False

    def send_session(self, session: Session) -> None:
        pass

    def close(self) -> None:
        self.closed = True


class Observer(SilentObserver):
    def __init__(self) -> None:
        object.__setattr__(self, "heard", [])

    heard: list[str]

    def opened(self, session: Session) -> None:
        self.heard.append("opened")

    def closed(self, session: Session) -> None:
        self.heard.append("closed")

    def overflowed(self, session: Session) -> None:
        self.heard.append("overflowed")
        session.push(b"toolong!")


@dataclass
class World:
    """One client, its session and the registry."""

    peer: Peer
    session: Session
    registry: Registry
    observer: Observer
    link: Link

    def send(self, body: bytes, **options: object) -> list[IncomingCall]:
        return self.session.receive(self.peer.incoming(body, **options), time.time())  # type: ignore[arg-type]

    def take(self) -> list[Received]:
        return take(self.peer, self.session)

    def take_one(self, constructor: int) -> Received:
        [found] = [r for r in self.take() if r.constructor == constructor]
        return found

    def greet(self) -> None:
        """Get past the first message, so that tests see only what they ask for."""
        self.send(p.ping())
        for received in self.take():
            if received.seqno & 1:
                self.send(p.ack(received.msg_id), content=False)


def make_world(limits: Limits | None = None) -> World:
    observer, link = Observer(), Link()
    deferred: list[Callable[[], None]] = []
    registry = Registry(deferred.append, limits=limits, observer=observer)
    peer = Peer(new_record())
    session = registry.session_of(live(peer.record), peer.session_id, time.time())
    session.attach(link)
    return World(peer, session, registry, observer, link)


@pytest.fixture
def world() -> World:
    made = make_world()
    made.greet()
    return made


def code_of(received: Received) -> int:
    return int(struct.unpack_from("<i", received.body, 16)[0])


# --- beginning ---


def test_a_new_session_is_announced_once_and_first() -> None:
    world = make_world()
    msg_id = world.peer.next_id()
    world.send(p.ping(9), msg_id=msg_id)
    new, pong = world.take()
    assert new.constructor == m.NEW_SESSION_CREATED
    assert new.seqno == 1
    assert new.answers == msg_id
    assert pong.constructor == m.PONG
    world.send(p.ping())
    assert [r.constructor for r in world.take()] == [m.PONG]


def test_the_oldest_message_of_a_first_container_is_the_sessions_first() -> None:
    world = make_world()
    first, second = world.peer.message(p.ping(1)), world.peer.message(p.ping(2))
    world.send(m.write_container([second, first]), content=False)
    assert world.take()[0].answers == first[0]


# --- refusals ---


@pytest.mark.parametrize(("ahead", "code"), [(-400, 16), (60, 17)])
def test_a_wrong_clock_is_told(world: World, ahead: float, code: int) -> None:
    msg_id = world.peer.next_id(ahead)
    assert world.send(p.get_nearest_dc(), msg_id=msg_id) == []
    [refusal] = world.take()
    assert (refusal.constructor, refusal.answers, code_of(refusal)) == (m.BAD_MSG_NOTIFICATION, msg_id, code)
    assert refusal.seqno % 2 == 0


def test_ids_that_are_not_a_clients_are_refused(world: World) -> None:
    world.send(p.ping(), msg_id=world.peer.next_id() | 1)
    assert code_of(world.take()[0]) == 18
    entry = (world.peer.next_id() | 2, 5, p.ping())
    world.send(m.write_container([entry]), content=False)
    assert code_of(world.take()[0]) == 18


def test_a_wrong_salt_is_answered_with_the_right_one(world: World) -> None:
    world.peer.salt = 12345
    assert world.send(p.get_nearest_dc()) == []
    [refusal] = world.take()
    assert (refusal.constructor, code_of(refusal)) == (m.BAD_SERVER_SALT, 48)
    world.peer.salt = struct.unpack_from("<q", refusal.body, 20)[0]
    assert len(world.send(p.get_nearest_dc())) == 1


def test_numbers_out_of_order_are_refused(world: World) -> None:
    world.send(p.get_nearest_dc(), seqno=21)
    world.take()
    world.send(p.get_nearest_dc(), seqno=21)
    assert code_of(world.take()[0]) == 32
    world.send(p.get_nearest_dc(), seqno=11)
    assert code_of(world.take()[0]) == 32
    world.send(p.get_nearest_dc(), seqno=23, msg_id=world.peer.next_id(-20))
    assert code_of(world.take()[0]) == 33


def test_parity_must_tell_content_from_service(world: World) -> None:
    world.send(p.ack(1), seqno=41)
    assert world.take() == [], "mtcute numbers acknowledgements as content"
    world.send(p.get_nearest_dc(), seqno=42)
    assert code_of(world.take()[0]) == 35
    world.send(m.write_container([world.peer.message(p.ping())]), seqno=43)
    assert code_of(world.take()[0]) == 34


def test_a_container_id_is_used_once(world: World) -> None:
    container_id = world.peer.next_id(1)
    body = m.write_container([world.peer.message(p.ping())])
    world.send(body, msg_id=container_id, content=False)
    world.take()
    world.send(body, msg_id=container_id, content=False)
    assert code_of(world.take()[0]) == 19


@pytest.mark.parametrize("what", ["later id", "nested", "cut"])
def test_invalid_containers_are_refused_whole(world: World, what: str) -> None:
    good = world.peer.message(p.get_nearest_dc())
    bodies = {
        "later id": m.write_container([good, (world.peer.next_id(20), 9, p.ping())]),
        "nested": m.write_container([good, world.peer.message(m.write_container([]), content=False)]),
        "cut": m.write_container([good])[:-4],
    }
    assert world.send(bodies[what], msg_id=world.peer.next_id(), content=False) == []
    [refusal] = world.take()
    assert code_of(refusal) == 64


def test_what_is_too_old_to_know_is_refused() -> None:
    world = make_world(replace(Limits(), received_ids=4))
    first = world.peer.next_id()
    for _ in range(8):
        world.send(p.ping())
    world.take()
    assert world.send(p.get_nearest_dc(), msg_id=first) == []
    assert code_of(world.take()[0]) == 20


# --- calls ---


def test_a_call_is_handed_over_once_and_answered_from_store(world: World) -> None:
    msg_id, seqno = world.peer.next_id(), world.peer.seqno(True)
    [call] = world.send(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno)
    assert (call.msg_id, call.body) == (msg_id, p.get_nearest_dc())
    assert world.send(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno) == [], "still running"
    assert world.take_one(m.MSGS_ACK)
    world.session.answer(msg_id, b"answ")
    answer = world.take_one(m.RPC_RESULT)
    assert (answer.answers, answer.result) == (msg_id, b"answ")
    assert world.send(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno) == []
    info = world.take_one(m.MSG_DETAILED_INFO)
    assert struct.unpack_from("<qqi", info.body, 4) == (msg_id, answer.msg_id, len(answer.body))
    assert world.send(struct.pack("<I", m.MSG_RESEND_REQ) + pack_longs([answer.msg_id])) == []
    assert world.take_one(m.RPC_RESULT).body == answer.body
    world.send(p.ack(answer.msg_id), content=False)
    assert world.send(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno) == []
    assert world.take_one(m.MSGS_ACK)
    assert world.registry.counters.duplicates == 3


def test_an_unanswered_call_is_acknowledged_and_an_answer_is_enough(world: World) -> None:
    [slow] = world.send(p.get_nearest_dc())
    assert world.take() == []
    world.registry.tick()
    assert Reader(world.take_one(m.MSGS_ACK).body, 4).longs() == [slow.msg_id]
    [fast] = world.send(p.get_nearest_dc())
    world.session.answer(fast.msg_id, b"answ")
    world.registry.tick()
    assert [r.constructor for r in world.take()] == [m.RPC_RESULT]


def test_packed_calls_and_containers_are_opened(world: World) -> None:
    packed = struct.pack("<I", m.GZIP_PACKED) + pack_bytes(gzip.compress(p.get_nearest_dc()))
    plain = world.peer.message(p.get_nearest_dc())
    calls = world.send(
        m.write_container([plain, world.peer.message(packed), world.peer.message(p.ack(1), content=False)]),
        content=False,
    )
    assert [call.body for call in calls] == [p.get_nearest_dc(), p.get_nearest_dc()]


def test_a_lost_answer_is_an_error_and_the_call_is_not_run_again() -> None:
    world = make_world(replace(Limits(), unacknowledged=1))
    msg_id, seqno = world.peer.next_id(), world.peer.seqno(True)
    world.send(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno)
    world.session.answer(msg_id, b"answ")
    world.session.push(b"pushpush")
    world.take()
    assert world.session.state_of(msg_id) is State.LOST
    assert world.send(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno) == []
    assert world.take_one(m.RPC_RESULT).error == (500, "RPC_CALL_FAIL")


def test_answers_can_be_dropped_in_every_state(world: World) -> None:
    def drop(msg_id: int) -> int:
        world.send(struct.pack("<Iq", m.RPC_DROP_ANSWER, msg_id))
        result = world.take_one(m.RPC_RESULT).result
        return int.from_bytes(result[:4], "little")

    assert drop(4) == m.RPC_ANSWER_UNKNOWN
    [running] = world.send(p.get_nearest_dc())
    assert drop(running.msg_id) == m.RPC_ANSWER_DROPPED_RUNNING
    world.session.answer(running.msg_id, b"answ")
    assert world.take() == []
    [ready] = world.send(p.get_nearest_dc())
    world.session.answer(ready.msg_id, b"answ")
    world.take()
    assert drop(ready.msg_id) == m.RPC_ANSWER_DROPPED
    world.session.attach(Link())
    assert ready.msg_id not in [r.answers for r in world.take() if r.constructor == m.RPC_RESULT]


# --- service messages ---


def test_pings_are_answered_also_when_repeated(world: World) -> None:
    msg_id, seqno = world.peer.next_id(), world.peer.seqno(True)
    for _ in range(2):
        world.send(p.ping(77), msg_id=msg_id, seqno=seqno)
        pong = world.take_one(m.PONG)
        assert struct.unpack_from("<qq", pong.body, 4) == (msg_id, 77)


def test_a_client_may_set_its_own_time_limit(world: World) -> None:
    before = time.time()
    world.send(struct.pack("<Iqi", m.PING_DELAY_DISCONNECT, 1, 35))
    assert before + 34 < world.link.disconnect_at < time.time() + 36


def test_future_salts_begin_with_the_present_one(world: World) -> None:
    world.send(struct.pack("<Ii", m.GET_FUTURE_SALTS, 2))
    reader = Reader(world.take_one(m.FUTURE_SALTS).body, 4)
    reader.int64()
    now = reader.int32()
    assert reader.int32() == 2
    reader.raw(8)
    assert world.session.key.salts.accepts(reader.int64(), now)


def test_states_of_messages_can_be_asked(world: World) -> None:
    [call] = world.send(p.get_nearest_dc())
    asked = [call.msg_id, world.peer.next_id(100)]
    world.send(struct.pack("<I", m.MSGS_STATE_REQ) + pack_longs(asked))
    reader = Reader(world.take_one(m.MSGS_STATE_INFO).body, 12)
    assert reader.blob() == bytes((4 + 8 + 32, 3))


def test_a_resend_of_what_is_gone_is_told(world: World) -> None:
    world.send(struct.pack("<I", m.MSG_RESEND_REQ) + pack_longs([5]))
    assert Reader(world.take_one(m.MSGS_STATE_INFO).body, 12).blob() == b"\1"


def test_answers_can_be_asked_for_by_their_calls(world: World) -> None:
    [call] = world.send(p.get_nearest_dc())
    world.session.answer(call.msg_id, b"answ")
    world.take()
    world.send(struct.pack("<I", m.MSG_RESEND_ANS_REQ) + pack_longs([call.msg_id]))
    assert world.take_one(m.RPC_RESULT).result == b"answ"


def test_information_from_the_client_is_acknowledged(world: World) -> None:
    world.send(struct.pack("<I", m.MSGS_ALL_INFO) + pack_longs([1]) + pack_bytes(b"\4"))
    world.registry.tick()
    assert world.take_one(m.MSGS_ACK)
    world.send(struct.pack("<Iiii", m.HTTP_WAIT, 0, 0, 0), content=False)
    assert world.take() == []


def test_another_session_of_the_key_can_be_destroyed(world: World) -> None:
    other = world.registry.session_of(world.session.key, 4711, time.time())
    for session_id, constructor in (
        (4711, m.DESTROY_SESSION_OK),
        (4711, m.DESTROY_SESSION_NONE),
        (world.peer.session_id, m.DESTROY_SESSION_NONE),
    ):
        world.send(struct.pack("<Iq", m.DESTROY_SESSION, session_id))
        assert world.take_one(constructor).answers == session_id
    assert other.closed
    assert not world.session.closed


# --- reconnecting and pushing ---


def test_what_was_not_acknowledged_comes_again_on_the_next_connection(world: World) -> None:
    [call] = world.send(p.get_nearest_dc())
    world.session.answer(call.msg_id, b"answ")
    world.session.push(b"update01")
    before = [r for r in world.take() if r.seqno & 1]
    world.session.detach(world.link)
    world.session.push(b"update02")
    world.session.attach(Link())
    after = world.take()
    assert [(r.msg_id, r.seqno, r.body) for r in after[:2]] == [(r.msg_id, r.seqno, r.body) for r in before]
    assert after[2].body == b"update02"
    assert after[0].container is not None
    assert after[2].container is None
    world.send(p.ack(*(r.msg_id for r in after)), content=False)
    world.session.attach(Link())
    assert world.take() == []


def test_a_reader_that_is_too_slow_gets_one_hint_instead_of_everything() -> None:
    world = make_world(replace(Limits(), queued=4))
    assert [world.session.push(b"update%02d" % n) for n in range(6)].count(False) >= 1
    assert world.observer.heard.count("overflowed") == 1
    bodies = [r.body for r in world.take()]
    assert bodies[0] == b"toolong!"


def test_an_absent_client_gets_the_hint_when_it_is_back() -> None:
    world = make_world(replace(Limits(), queued=4))
    world.session.detach(world.link)
    pushed = [world.session.push(b"update%02d" % n) for n in range(9)]
    assert pushed == [True] * 4 + [False] * 5
    assert "overflowed" not in world.observer.heard
    world.session.attach(Link())
    assert [r.body for r in world.take()] == [b"toolong!"]


def test_nothing_is_pushed_to_a_closed_session(world: World) -> None:
    world.registry.close(world.session)
    assert not world.session.push(b"update01")
    assert world.observer.heard[-1] == "closed"


# --- the registry ---


def test_sessions_are_found_by_key_and_owner(world: World) -> None:
    registry, key_id = world.registry, world.session.auth_key_id
    assert registry.sessions_of_key(key_id) == [world.session]
    registry.attach_owner(key_id, 7)
    later = registry.session_of(world.session.key, 99, time.time())
    assert registry.sessions_of_owner(7) == [world.session, later]
    assert (later.owner, registry.owner_of(key_id)) == (7, 7)
    registry.attach_owner(key_id, 8)
    assert registry.sessions_of_owner(7) == []
    registry.detach_owner(key_id)
    assert registry.sessions_of_owner(8) == []
    assert world.session.owner is None
    registry.drop_key(key_id)
    assert world.link.closed
    assert registry.sessions_of_key(key_id) == []
    assert registry.counters.sessions_open == 0


def test_idle_sessions_end_and_connected_ones_stay(world: World) -> None:
    other = world.registry.session_of(world.session.key, 99, time.time())
    assert world.registry.expire(time.time() + 10_000) == 1
    assert other.closed
    assert not world.session.closed


def test_a_key_has_a_bounded_number_of_sessions() -> None:
    world = make_world(replace(Limits(), sessions_per_key=3))
    made = [world.registry.session_of(world.session.key, n, n) for n in range(1, 6)]
    assert len(world.session.key.sessions) == 3
    assert not world.session.closed, "a connected session is the last to go"
    assert [s.closed for s in made] == [True, True, True, False, False]


def test_one_failing_connection_does_not_stop_the_others() -> None:
    deferred: list[Callable[[], None]] = []
    registry = Registry(deferred.append)
    drained: list[int] = []

    class Broken(Link):
        def send_session(self, session: Session) -> None:
            raise OSError

    class Working(Link):
        def send_session(self, session: Session) -> None:
            drained.append(len(session.drain()))

    key = live(new_record())
    broken = Broken()
    for number, link in enumerate((broken, Working())):
        session = registry.session_of(key, number + 1, time.time())
        session.attach(link)
        session.push(os.urandom(8))
        session.push(os.urandom(8))
    assert len(deferred) == 1, "one flush for all"
    deferred[0]()
    assert broken.closed
    assert drained == [1]


def test_a_post_to_many_goes_out_in_rounds() -> None:
    deferred: list[Callable[[], None]] = []
    registry = Registry(deferred.append)
    drained: list[Session] = []

    class Counting(Link):
        def send_session(self, session: Session) -> None:
            session.drain()
            drained.append(session)

    sessions = []
    for number in range(600):
        session = registry.session_of(live(new_record()), number + 1, time.time())
        session.attach(Counting())
        sessions.append(session)
    for session in sessions:
        session.push(b"pushpush")
    rounds = 0
    while deferred:
        deferred.pop(0)()
        rounds += 1
    assert drained == sessions
    assert rounds == 3


def test_sessions_of_a_bound_key_move_to_the_permanent_one(world: World) -> None:
    key, former = world.session.key, world.session.auth_key_id
    world.registry.attach_owner(AuthKeyId(55), 7)
    key.bound_to = AuthKeyId(55)
    world.registry.rebind(key, former)
    assert world.registry.sessions_of_key(former) == []
    assert world.registry.sessions_of_key(AuthKeyId(55)) == [world.session]
    assert world.session.auth_key_id == 55
    assert world.registry.sessions_of_owner(7) == [world.session]
