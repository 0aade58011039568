"""What the server says is numbered, bundled and bounded, and comes again after a reconnect."""

from dataclasses import replace

from parley.mtproto import messages as m
from parley.mtproto.limits import Limits
from parley.mtproto.message_ids import ANSWER, NOTICE, MessageIds
from parley.mtproto.outgoing import Outgoing, OutMessage


def make(limits: Limits | None = None) -> tuple[Outgoing, list[OutMessage]]:
    lost: list[OutMessage] = []
    return Outgoing(MessageIds(), limits or Limits(), lost.append), lost


def update(body: bytes = b"body") -> OutMessage:
    return OutMessage(body, content=True, kind=NOTICE)


def test_a_single_message_goes_out_bare_and_several_in_a_container() -> None:
    outgoing, _ = make()
    outgoing.put(update(b"only"))
    [(msg_id, seqno, body)] = outgoing.drain()
    assert (msg_id & 3, seqno, body) == (NOTICE, 1, b"only")
    for text in (b"aaaa", b"bbbb"):
        outgoing.put(update(text))
    outgoing.put(OutMessage(b"pong", content=False, kind=ANSWER))
    [(container_id, seqno, body)] = outgoing.drain()
    entries = m.read_container(body, 10)
    assert [e.body for e in entries] == [b"aaaa", b"bbbb", b"pong"]
    assert [e.seqno for e in entries] == [3, 5, 6]
    assert seqno == 6
    assert msg_id < entries[0].msg_id < entries[1].msg_id < entries[2].msg_id < container_id
    assert not outgoing


def test_unacknowledged_content_goes_out_again_with_its_numbers() -> None:
    outgoing, _ = make()
    for text in (b"aaaa", b"bbbb"):
        outgoing.put(update(text))
    outgoing.put(OutMessage(b"pong", content=False, kind=ANSWER))
    [(_, _, body)] = outgoing.drain()
    first, second, _ = m.read_container(body, 10)
    assert outgoing.acknowledge(first.msg_id) is not None
    assert outgoing.acknowledge(first.msg_id) is None
    assert outgoing.resend_all() == 1
    outgoing.put(update(b"new."))
    again, new = outgoing.drain()
    assert [(e.msg_id, e.seqno, e.body) for e in m.read_container(again[2], 10)] == [
        (second.msg_id, second.seqno, b"bbbb")
    ]
    assert again[0] > second.msg_id
    assert new[2] == b"new.", "what is new is not tied to what the client may know"


def test_large_bursts_are_cut_into_containers() -> None:
    outgoing, _ = make()
    for _ in range(600):
        outgoing.put(update(bytes(4)))
    for _ in range(3):
        outgoing.put(update(bytes(200_000)))
    packets = outgoing.drain()
    assert all(len(body) < 300_000 for _, _, body in packets)
    assert len(packets) == 4


def test_queue_and_memory_are_bounded() -> None:
    limits = replace(Limits(), queued=3, queued_bytes=100, unacknowledged=2, unacknowledged_bytes=40)
    outgoing, lost = make(limits)
    for _ in range(3):
        assert outgoing.has_room(8)
        outgoing.put(update(bytes(8)))
    assert not outgoing.has_room(8)
    outgoing.drain()
    assert outgoing.has_room(100)
    assert not outgoing.has_room(101)
    assert len(lost) == 1
    outgoing.put(update(bytes(36)))
    outgoing.drain()
    assert len(lost) == 3
    assert outgoing.resend_all() == 1


def test_pushes_can_be_dropped_and_answers_stay() -> None:
    outgoing, _ = make()
    outgoing.put(update())
    outgoing.put(OutMessage(b"answ", content=True, kind=ANSWER, answers=8))
    outgoing.put(OutMessage(b"pong", content=False, kind=ANSWER))
    assert outgoing.drop_pushes() == 1
    [(_, _, body)] = outgoing.drain()
    assert [e.body for e in m.read_container(body, 10)] == [b"answ", b"pong"]


def test_an_answer_can_be_withdrawn_before_and_after_it_was_sent() -> None:
    outgoing, _ = make()
    waiting, sent = update(b"wait"), update(b"sent")
    outgoing.put(sent)
    outgoing.drain()
    outgoing.put(waiting)
    outgoing.withdraw(waiting)
    outgoing.withdraw(sent)
    assert not outgoing
    assert outgoing.resend_all() == 0
