"""Message ids of the server grow whatever the clock does; a client with a wrong clock hears which way."""

from parley.mtproto.message_ids import (
    ANSWER,
    NOT_DIVISIBLE,
    NOTICE,
    TOO_HIGH,
    TOO_LOW,
    MessageIds,
    fault_of,
)

NOW = 1_800_000_000


def test_ids_grow_and_tell_their_kind_even_when_the_clock_goes_back() -> None:
    times = iter([NOW, NOW, NOW - 50, NOW + 1])
    ids = MessageIds(lambda: next(times))
    drawn = [ids.next(kind) for kind in (ANSWER, NOTICE, ANSWER, NOTICE)]
    assert drawn == sorted(set(drawn))
    assert [value & 3 for value in drawn] == [1, 3, 1, 3]


def test_ids_of_clients_are_judged_by_their_time() -> None:
    assert fault_of(NOW << 32, NOW) == 0
    assert fault_of((NOW << 32) + 1, NOW) == NOT_DIVISIBLE
    assert fault_of((NOW - 301) << 32, NOW) == TOO_LOW
    assert fault_of((NOW - 299) << 32, NOW) == 0
    assert fault_of((NOW + 31) << 32, NOW) == TOO_HIGH
    assert fault_of((NOW + 29) << 32, NOW) == 0
    assert fault_of(0, NOW) == TOO_LOW
