"""A call is never run twice, and a client whose numbers are wrong hears how they are wrong."""

from parley.mtproto.received import (
    DUPLICATE,
    SEQNO_TOO_HIGH,
    SEQNO_TOO_LOW,
    TOO_OLD,
    ReceivedLog,
    State,
)


def log_of(*messages: tuple[int, int], most: int = 100) -> ReceivedLog:
    log = ReceivedLog(most)
    for msg_id, seqno in messages:
        log.add(msg_id, seqno)
    return log


def test_new_messages_pass_and_known_ones_are_duplicates() -> None:
    log = log_of((100, 1))
    assert log.judge(100, 1) == DUPLICATE
    assert log.judge(104, 3) == 0
    assert log.judge(104, 2) == 0


def test_content_numbers_follow_the_order_of_ids() -> None:
    log = log_of((100, 1), (200, 5))
    assert log.judge(300, 5) == SEQNO_TOO_LOW
    assert log.judge(300, 3) == SEQNO_TOO_LOW
    assert log.judge(150, 7) == SEQNO_TOO_HIGH
    assert log.judge(150, 5) == SEQNO_TOO_HIGH
    assert log.judge(150, 1) == SEQNO_TOO_LOW
    assert log.judge(150, 3) == 0, "a message that was overtaken on its way"
    assert log.judge(50, 0) == 0


def test_what_was_forgotten_is_refused_not_run_again() -> None:
    log = log_of(*((n * 4, n * 2 + 1) for n in range(1, 12)), most=10)
    assert log.judge(4, 3) == TOO_OLD
    assert log.judge(3, 2) == TOO_OLD
    assert log.judge(8, 5) == TOO_OLD
    assert log.judge(12, 7) == DUPLICATE


def test_running_calls_are_not_forgotten() -> None:
    log = log_of((4, 1), most=3)
    log.set_state(4, State.RUNNING)
    for n in range(2, 9):
        log.add(n * 4, n * 2 + 1)
    assert log.judge(4, 1) == DUPLICATE
    assert log.state(4) is State.RUNNING


def test_states_are_described_as_the_protocol_has_it() -> None:
    log = log_of((40, 1), (44, 3), (48, 4), most=3)
    log.set_state(40, State.RUNNING)
    log.set_state(44, State.ANSWERED)
    assert log.status_byte(40) == 4 + 8 + 32
    assert log.status_byte(44) == 4 + 8 + 32 + 64
    assert log.status_byte(48) == 4 + 16 + 8
    assert log.status_byte(42) == 2
    assert log.status_byte(400) == 3
    log.add(52, 5)
    log.add(56, 7)
    assert log.status_byte(44) == 1
