"""Many people write at once: each gets their own answer, and every box stays a log without gap or repeat."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.core.ids import AccountId, BoxId
from parley.core.tasks import Supervisor
from parley.messenger.messages.boxes import Append, Status, append_writer
from parley.messenger.messages.model import NewMessage
from parley.storage.errors import BatchFailed, WriterClosed
from parley.storage.pools import Pools

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
_rounds = itertools.count(1)


@pytest.fixture
async def tasks() -> AsyncIterator[Supervisor]:
    async with Supervisor() as running:
        yield running


def item(box: int, random_id: int, text: str = "x", sender: int = 1) -> Append:
    message = NewMessage(text=text, random_id=random_id)
    return Append(BoxId(box), BoxId(sender), AccountId(sender), AccountId(sender), NOON, False, message, None)


async def check_boxes(pools: Pools) -> None:
    """No gap in pts or ids, no message twice, counters that say what is there."""
    wrong = await pools.of("messenger").fetch(
        "SELECT b.box_id FROM messenger.boxes b WHERE"
        " b.pts - 1 <> (SELECT coalesce(sum(pts_count), 0) FROM messenger.events e WHERE e.box_id = b.box_id)"
        " OR b.pts <> (SELECT coalesce(max(pts), 1) FROM messenger.events e WHERE e.box_id = b.box_id)"
        " OR b.last_id <> (SELECT count(*) FROM messenger.messages m WHERE m.box_id = b.box_id)"
        " OR b.last_id <> (SELECT coalesce(max(id), 0) FROM messenger.messages m WHERE m.box_id = b.box_id)"
    )
    assert not wrong


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    sends=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 30), st.integers(1, 3)), min_size=1, max_size=120),
    writers=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
async def test_any_mix_of_sends_leaves_whole_logs(
    pools: Pools, tasks: Supervisor, sends: list[tuple[int, int, int]], writers: int, seed: int
) -> None:
    """Competing writers, repeats inside a batch and across: one message per (box, sender, random id)."""
    offset, chosen = 1000 * next(_rounds), Random(seed)
    doors = [append_writer(pools.of("messenger"), tasks) for _ in range(writers)]
    answers = await asyncio.gather(
        *(chosen.choice(doors).write(item(box, offset + number, sender=who)) for box, number, who in sends)
    )
    ids: dict[tuple[int, int, int], set[tuple[int, int]]] = {}
    for send, answer in zip(sends, answers, strict=True):
        ids.setdefault(send, set()).add((answer.id, answer.pts))
    assert all(len(found) == 1 for found in ids.values())
    assert sum(answer.status is Status.APPENDED for answer in answers) == len(ids)
    await check_boxes(pools)


async def test_many_sends_share_few_commits(pools: Pools, tasks: Supervisor) -> None:
    """What waits while a commit is under way goes together with the next."""
    writer = append_writer(pools.of("messenger"), tasks)
    await asyncio.gather(*(writer.write(item(1 + number % 50, number)) for number in range(1, 601)))
    assert writer.items == 600
    assert writer.batches <= 10
    await check_boxes(pools)


async def test_one_bad_message_does_not_take_others_with_it(pools: Pools, tasks: Supervisor) -> None:
    """A text that PostgreSQL cannot store fails alone, and so does a number that the driver cannot send."""
    writer = append_writer(pools.of("messenger"), tasks)
    items = [item(1, 1), item(1, 2, "a\0b"), item(1, 3), item(1, 2**70), item(1, 5)]
    answers = await asyncio.gather(*(writer.write(one) for one in items), return_exceptions=True)
    assert [type(answer).__name__ for answer in answers].count("Appended") == 3
    assert isinstance(answers[1], BatchFailed)
    assert isinstance(answers[3], BatchFailed)
    await check_boxes(pools)


async def test_nobody_is_answered_before_the_commit(pools: Pools, tasks: Supervisor) -> None:
    """As soon as the answer is there, another connection sees the message."""
    writer = append_writer(pools.of("messenger"), tasks)
    for number in range(1, 20):
        answer = await writer.write(item(1, number))
        seen = await pools.of("messenger").fetchval(
            "SELECT random_id FROM messenger.messages WHERE box_id = 1 AND id = $1", answer.id
        )
        assert seen == number


async def test_a_stopping_server_finishes_what_it_took(pools: Pools, tasks: Supervisor) -> None:
    """Closing waits for what was accepted and refuses the rest."""
    writer = append_writer(pools.of("messenger"), tasks)
    taken = [writer.submit(item(1, number)) for number in range(1, 300)]
    await writer.close()
    assert all(future.result().status is Status.APPENDED for future in taken)
    with pytest.raises(WriterClosed):
        await writer.write(item(1, 1000))


async def test_a_lost_connection_is_survived(pools: Pools, tasks: Supervisor) -> None:
    """Backends that are cut off cost nothing but a moment, and no message twice."""
    writer = append_writer(pools.of("messenger"), tasks)
    await writer.write(item(1, 1))

    async def cut() -> None:
        for _ in range(5):
            await pools.of("messenger").execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND pid <> pg_backend_pid()"
            )

    sends = (writer.write(item(1 + number % 7, number)) for number in range(2, 500))
    await asyncio.gather(cut(), *sends)
    await check_boxes(pools)
    assert await pools.of("messenger").fetchval("SELECT count(*) FROM messenger.messages") == 499
