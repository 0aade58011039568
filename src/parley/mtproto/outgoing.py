"""A session's way out: messages wait, get their numbers, go into containers, are kept until acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from parley.mtproto import messages
from parley.mtproto.limits import Limits
from parley.mtproto.message_ids import ANSWER, NOTICE, MessageIds

#: A container stays well below what any client takes as one frame.
_CONTAINER_BYTES = 256 * 1024
_CONTAINER_MESSAGES = 512


class OutMessage:
    """One message to the client. Its numbers are set when it is first sent."""

    __slots__ = ("answers", "body", "content", "kind", "msg_id", "seqno")

    def __init__(self, body: bytes, *, content: bool, kind: int, answers: int = 0) -> None:
        """`answers` is the id of the call that this is the result of; `kind` ANSWER or NOTICE."""
        self.body = body
        self.content = content
        self.kind = kind
        self.answers = answers
        self.msg_id = 0
        self.seqno = 0


class Outgoing:
    """Queue and unacknowledged messages of one session, both bounded."""

    __slots__ = (
        "_ids",
        "_limits",
        "_on_lost",
        "_queue",
        "_queued_bytes",
        "_resend",
        "_sent",
        "_unacked",
        "_unacked_bytes",
    )

    def __init__(self, ids: MessageIds, limits: Limits, on_lost: Callable[[OutMessage], None]) -> None:
        """`on_lost` hears of every content message that is given up before it was acknowledged."""
        self._ids = ids
        self._limits = limits
        self._on_lost = on_lost
        self._queue: list[OutMessage] = []
        self._queued_bytes = 0
        self._unacked: dict[int, OutMessage] = {}
        self._unacked_bytes = 0
        self._resend: list[OutMessage] = []
        self._sent = 0

    def __bool__(self) -> bool:
        return bool(self._queue or self._resend)

    def has_room(self, size: int) -> bool:
        """Tell whether a push of `size` bytes still fits into the queue."""
        return len(self._queue) < self._limits.queued and self._queued_bytes + size <= self._limits.queued_bytes

    def offer(self, message: OutMessage) -> bool:
        """Queue a push; False where it does not fit."""
        queued, limits = self._queued_bytes + len(message.body), self._limits
        if queued > limits.queued_bytes or len(self._queue) >= limits.queued:
            return False
        self._queue.append(message)
        self._queued_bytes = queued
        return True

    def put(self, message: OutMessage) -> None:
        """Queue a message."""
        self._queue.append(message)
        self._queued_bytes += len(message.body)

    def drop_pushes(self) -> int:
        """Drop queued content that answers nothing; give how many messages that were."""
        kept = [m for m in self._queue if m.answers or not m.content]
        dropped = len(self._queue) - len(kept)
        self._queue = kept
        self._queued_bytes = sum(len(m.body) for m in kept)
        return dropped

    def withdraw(self, message: OutMessage) -> None:
        """Forget a message, whether it waits or was sent."""
        if message.msg_id:
            self.acknowledge(message.msg_id)
        elif message in self._queue:
            self._queue.remove(message)
            self._queued_bytes -= len(message.body)

    def acknowledge(self, msg_id: int) -> OutMessage | None:
        """Let go of a message that the client has; give it, or None when it is unknown."""
        message = self._unacked.pop(msg_id, None)
        if message is not None:
            self._unacked_bytes -= len(message.body)
        return message

    def sent(self, msg_id: int) -> OutMessage | None:
        """Give a message that was sent and not acknowledged."""
        return self._unacked.get(msg_id)

    def resend(self, chosen: Iterable[OutMessage]) -> None:
        """Send these unacknowledged messages once more, with the numbers that they had."""
        waiting = {m.msg_id for m in self._resend}
        self._resend.extend(m for m in chosen if m.msg_id not in waiting)

    def resend_all(self) -> int:
        """Send everything unacknowledged once more; give how many messages that are."""
        self._resend = list(self._unacked.values())
        return len(self._resend)

    def drain(self) -> Sequence[tuple[int, int, bytes]]:
        """Empty the queue into messages ready to be sealed: message id, sequence number, body.

        What is sent again travels in containers of its own: a client that knows one of its messages may
        drop the whole container, and an old id would be refused outside of one.
        """
        if len(self._queue) == 1 and not self._resend:
            message = self._queue.pop()
            self._queued_bytes = 0
            self._number(message)
            return ((message.msg_id, message.seqno, message.body),)
        packets = []
        if self._resend:
            again = [m for m in self._resend if m.msg_id in self._unacked]
            self._resend = []
            packets += [self._contain(group) for group in _groups(again)]
        if self._queue:
            fresh, self._queue = self._queue, []
            self._queued_bytes = 0
            packets += [self._packet(group) for group in _groups(fresh)]
        return packets

    def _packet(self, group: list[OutMessage]) -> tuple[int, int, bytes]:
        for message in group:
            self._number(message)
        if len(group) == 1:
            message = group[0]
            return message.msg_id, message.seqno, message.body
        return self._contain(group)

    def _contain(self, group: list[OutMessage]) -> tuple[int, int, bytes]:
        body = messages.write_container([(m.msg_id, m.seqno, m.body) for m in group])
        kind = ANSWER if any(m.kind == ANSWER for m in group) else NOTICE
        return self._ids.next(kind), self._sent * 2, body

    def _number(self, message: OutMessage) -> None:
        msg_id = message.msg_id = self._ids.next(message.kind)
        if not message.content:
            message.seqno = self._sent * 2
            return
        message.seqno = self._sent * 2 + 1
        self._sent += 1
        unacked, limits = self._unacked, self._limits
        unacked[msg_id] = message
        self._unacked_bytes += len(message.body)
        if len(unacked) > limits.unacknowledged or self._unacked_bytes > limits.unacknowledged_bytes:
            self._trim()

    def _trim(self) -> None:
        limits = self._limits
        while len(self._unacked) > 1 and (
            len(self._unacked) > limits.unacknowledged or self._unacked_bytes > limits.unacknowledged_bytes
        ):
            message = self._unacked.pop(next(iter(self._unacked)))
            self._unacked_bytes -= len(message.body)
            self._on_lost(message)


def _groups(waiting: list[OutMessage]) -> list[list[OutMessage]]:
    """Cut a run of messages into groups that fit into one container each."""
    groups: list[list[OutMessage]] = []
    size = 0
    for message in waiting:
        size += len(message.body) + 16
        if not groups or size > _CONTAINER_BYTES or len(groups[-1]) >= _CONTAINER_MESSAGES:
            groups.append([])
            size = len(message.body) + 16
        groups[-1].append(message)
    return groups
