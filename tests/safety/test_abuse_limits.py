"""A flood is told exactly how long to wait; people who behave never notice a limit."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from parley.core.ids import AccountId
from parley.safety.abuse_limits import rules
from parley.safety.abuse_limits.model import Bucket, Limit, Tier
from parley.safety.abuse_limits.service import AbuseLimits

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LIMITS = st.builds(Limit, st.integers(1, 50).map(float), st.floats(1 / 3600, 50))


@given(LIMITS, st.floats(0, 0.99), st.floats(0, 1e6))
def test_waiting_as_long_as_told_is_enough(limit: Limit, tokens: float, at: float) -> None:
    bucket, seconds = rules.take(Bucket(tokens, at), limit, at)
    assert seconds >= 1
    assert rules.take(bucket, limit, at + seconds + 1e-3)[1] == 0


@given(LIMITS, st.lists(st.floats(0, 10), max_size=60))
def test_no_more_passes_than_burst_and_rate_allow(limit: Limit, gaps: list[float]) -> None:
    bucket, now, passed = None, 0.0, 0
    for gap in gaps:
        now += gap
        bucket, seconds = rules.take(bucket, limit, now)
        passed += seconds == 0
    assert passed <= limit.burst + now * limit.per_second + 1e-6


def test_a_flood_waits_and_another_account_does_not() -> None:
    now = [0.0]
    limits = AbuseLimits(lambda: now[0])
    ann, ben = AccountId(1), AccountId(2)
    waits = [limits.wait(ann, "channels.joinChannel") for _ in range(21)]
    assert waits[:20] == [0] * 20
    assert waits[20] == 60
    assert limits.wait(ben, "channels.joinChannel") == 0
    now[0] += 60
    assert limits.wait(ann, "channels.joinChannel") == 0


def test_memory_stays_bounded() -> None:
    limits = AbuseLimits(lambda: 0.0, most=10)
    for number in range(100):
        limits.wait(AccountId(number), "messages.sendMessage", "user")
    assert len(limits._buckets) == 10


def test_a_new_account_may_say_hello_but_not_send_links_to_strangers() -> None:
    limits = AbuseLimits(lambda: 0.0)
    new, known = NOW - timedelta(hours=1), NOW - timedelta(days=30)
    assert limits.may_write_to_stranger(AccountId(1), new, False, False, False, NOW)
    assert not limits.may_write_to_stranger(AccountId(1), new, False, True, False, NOW)
    assert limits.may_write_to_stranger(AccountId(2), known, False, True, True, NOW)
    allowed = [limits.may_write_to_stranger(AccountId(3), new, False, False, False, NOW) for _ in range(12)]
    assert allowed.count(True) == rules.STRANGERS[Tier.NEW].new_chats
