"""Processes hear of each other over the bus, and go on when it is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from operator import eq
from pathlib import Path

import pytest

from parley.core.tasks import Supervisor
from parley.storage.bus import Bus, LocalBus, Silence
from parley.storage.nats_bus import NatsBus, shown
from tests.journeys.waiting import heard, until
from tests.nats_server import NatsServer


@asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[NatsBus]:
    """A process's bus, from the moment on when it is connected."""
    async with Supervisor() as tasks:
        bus = NatsBus(url, name)
        tasks.service("bus", bus.connect)
        await until(lambda: bus.connected, what="the bus")
        yield bus
        await bus.close()


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    server = NatsServer(tmp_path)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=["local", "nats"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Bus, Bus]]:
    """Two ends of a bus: the one bus of a process, or two processes on a NATS server."""
    if request.param == "local":
        bus = LocalBus()
        yield bus, bus
        return
    server = NatsServer(tmp_path)
    await server.start()
    async with connected(server.url, "one") as one, connected(server.url, "two") as two:
        yield one, two
    await server.stop()


async def test_what_one_process_says_the_others_hear(pair: tuple[Bus, Bus]) -> None:
    """A subscription of everything below a word hears it in order, and one of another word does not."""
    said: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def listen(subject: str, payload: bytes) -> None:
        await said.put((subject, payload))

    async def deaf(subject: str, payload: bytes) -> None:
        raise AssertionError("not for us")

    one, two = pair
    await two.subscribe("box.>", listen)
    await two.subscribe("event.>", deaf)
    for number in (b"1", b"2"):
        await one.publish("box.42", number)
    assert [await heard(said) for _ in range(2)] == [("box.42", b"1"), ("box.42", b"2")]


async def test_a_failing_listener_keeps_nobody_else_from_hearing(pair: tuple[Bus, Bus]) -> None:
    """One mistake in one place does not silence a process."""
    said: asyncio.Queue[bytes] = asyncio.Queue()

    async def fails(subject: str, payload: bytes) -> None:
        raise RuntimeError("no")

    async def listen(subject: str, payload: bytes) -> None:
        await said.put(payload)

    one, two = pair
    await two.subscribe("box.1", fails)
    await two.subscribe("box.1", listen)
    await one.publish("box.1", b"still")
    assert await heard(said) == b"still"


async def test_a_question_is_answered_or_met_with_silence_in_time(pair: tuple[Bus, Bus]) -> None:
    """Who asks gets the answer; when nobody is there, or the answer fails, they are told so and go on."""

    async def double(payload: bytes) -> bytes:
        return payload * 2

    async def fails(payload: bytes) -> bytes:
        raise RuntimeError("no")

    one, two = pair
    await two.answer("ask.double", double)
    await two.answer("ask.fails", fails)
    assert await one.ask("ask.double", b"ab") == b"abab"
    for nobody in ("ask.nobody", "ask.fails"):
        with pytest.raises(Silence):
            await one.ask(nobody, b"", 0.3)


async def test_an_answer_that_fails_is_in_the_log(pair: tuple[Bus, Bus], caplog: pytest.LogCaptureFixture) -> None:
    """A mistake in what answers is seen by whoever looks after the server; that nobody is there is no mistake."""

    async def fails(payload: bytes) -> bytes:
        raise RuntimeError("a mistake in the answer")

    async def late(payload: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    one, two = pair
    await two.answer("ask.fails", fails)
    await two.answer("ask.late", late)
    for silent in ("ask.nobody", "ask.late"):
        with pytest.raises(Silence):
            await one.ask(silent, b"", 0.3)
    assert "was not answered" not in caplog.text
    with pytest.raises(Silence):
        await one.ask("ask.fails", b"", 0.3)
    wanted = "a question of ask.fails was not answered"
    await until(lambda: _text(caplog), lambda text: wanted in text, 20, "the log")
    assert "a mistake in the answer" in caplog.text


async def test_a_process_goes_on_without_the_bus_and_finds_it_again(nats: NatsServer) -> None:
    """A server that starts before its bus, or whose bus is restarted, misses wake-ups and nothing else."""
    woken: list[bytes] = []

    async def listen(subject: str, payload: bytes) -> None:
        woken.append(payload)

    async with connected(nats.url, "one") as one:
        await one.subscribe("box.>", listen)
        await nats.stop()
        await until(lambda: one.connected, lambda there: not there, what="the loss")
        await one.publish("box.1", b"lost")
        with pytest.raises(Silence):
            await one.ask("ask.nobody", b"")
        async with Supervisor() as tasks:
            late = NatsBus(nats.url, "late")
            tasks.service("bus", late.connect)
            await late.subscribe("event.>", listen)
            await nats.start()
            await until(lambda: late.connected, what="the late one")
            await until(lambda: one.connected, what="the first one")
            await late.publish("box.1", b"found")
            await one.publish("event.X", b"heard too")
            await until(lambda: len(woken), partial(eq, 2), what="both")
            await late.close()
    assert sorted(woken) == [b"found", b"heard too"]


async def _text(caplog: pytest.LogCaptureFixture) -> str:
    return caplog.text


def test_no_password_of_the_bus_is_ever_written_to_the_log() -> None:
    """What the log shows of the address is host and port."""
    assert shown("nats://http:secret@127.0.0.1:4300") == "nats://127.0.0.1:4300"
