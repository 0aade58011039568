"""What a session remembers of the client's messages: enough to never run one twice and to judge their numbers."""

from __future__ import annotations

from enum import IntEnum
from itertools import islice

DUPLICATE = -1
TOO_OLD = 20
SEQNO_TOO_LOW, SEQNO_TOO_HIGH, EVEN_EXPECTED, ODD_EXPECTED = 32, 33, 34, 35


class State(IntEnum):
    """How far a message of the client has come."""

    RECEIVED = 1
    RUNNING = 2
    ANSWERED = 3
    FAILED = 4
    #: Answered, but the answer had to be dropped before the client acknowledged it.
    LOST = 5


class ReceivedLog:
    """The newest messages of one session with their sequence numbers, bounded in count.

    Below `floor` nothing is known any more: such an id is neither new nor a known duplicate.
    """

    __slots__ = ("_highest", "_highest_seqno", "_most", "_seqnos", "_states", "floor")

    def __init__(self, most: int) -> None:
        self._most = most
        self._states: dict[int, State] = {}
        self._seqnos: dict[int, int] = {}
        self._highest = 0
        self._highest_seqno = -1
        self.floor = 0

    def judge(self, msg_id: int, seqno: int) -> int:
        """Give 0 for a message to process, DUPLICATE, or the code to refuse it with."""
        if msg_id in self._states:
            return DUPLICATE
        if msg_id <= self.floor:
            return TOO_OLD
        return self._order_fault(msg_id, seqno) if seqno & 1 else 0

    def _order_fault(self, msg_id: int, seqno: int) -> int:
        """Content messages must be numbered in the order of their ids."""
        if msg_id > self._highest:
            return SEQNO_TOO_LOW if seqno <= self._highest_seqno else 0
        for other, number in self._seqnos.items():
            if other < msg_id and number >= seqno:
                return SEQNO_TOO_LOW
            if other > msg_id and number <= seqno:
                return SEQNO_TOO_HIGH
        return 0

    def add(self, msg_id: int, seqno: int) -> None:
        """Remember a message that is being processed."""
        self._states[msg_id] = State.RECEIVED
        if seqno & 1:
            self._seqnos[msg_id] = seqno
            if msg_id > self._highest:
                self._highest, self._highest_seqno = msg_id, seqno
        if len(self._states) > self._most:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Forget a quarter at once: taking a dict's first item again and again walks over the gaps each time."""
        done = (msg_id for msg_id, state in self._states.items() if state is not State.RUNNING)
        for msg_id in list(islice(done, max(1, self._most // 4))):
            del self._states[msg_id]
            self._seqnos.pop(msg_id, None)
            self.floor = max(self.floor, msg_id)

    def state(self, msg_id: int) -> State | None:
        """Give what is known of a message."""
        return self._states.get(msg_id)

    def set_state(self, msg_id: int, state: State) -> None:
        """Record how far a message has come, while it is remembered."""
        if msg_id in self._states:
            self._states[msg_id] = state

    def status_byte(self, msg_id: int) -> int:
        """Describe a message as `msgs_state_info` does."""
        state = self._states.get(msg_id)
        if state is None:
            if msg_id <= self.floor:
                return 1
            return 3 if msg_id > self._highest else 2
        base = 4 if msg_id in self._seqnos else 4 + 16
        if state is State.RECEIVED:
            return base + 8
        return base + 8 + 32 + (64 if state is not State.RUNNING else 0)
