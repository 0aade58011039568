"""An order goes its whole way on a divided server, from its filing to the delivery and the notice to the person."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parley.app import dividing
from parley.core.parts import Part
from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests import system_users
from tests.journeys import divided
from tests.journeys.divided import DividedServer
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.story import legal, orders
from tests.journeys.story.legal import DAY, HOUR, Cast, Officer
from tests.journeys.story.test_legal_story import (
    MALLORY,
    OFFER,
    PHONE,
    Mallory,
    Signers,
    handed_over,
    receipts,
    trusted_signers,
)
from tests.journeys.waiting import until


@pytest.fixture(params=["one user", "a user for each part"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A place for the server; every user can walk to it where each part is a user of its own."""
    if request.param == "one user":
        yield tmp_path
        return
    system_users.require()
    with system_users.open_folder() as made:
        yield made


@pytest.fixture
def signers(folder: Path) -> Signers:
    """The court whose root the operator trusts."""
    return trusted_signers(folder / "data")


@pytest.fixture
async def parts(folder: Path, signers: Signers, tmp_path: Path) -> AsyncIterator[DividedServer]:
    """Five processes and their bus. No part's log holds an incident, or anything of a person."""
    async with divided.running(folder) if folder == tmp_path else _walled(folder) as server:
        yield server
    logs = server.logs().replace(server.nats.url, "the bus")
    assert "Traceback" not in logs, logs[-8000:]
    for secret in (PHONE, PHONE[1:], OFFER, "127.0.0.1:5", "Mallory"):
        assert secret not in logs


def _walled(folder: Path) -> AbstractAsyncContextManager[DividedServer]:
    """The server with the users, files and modes that an operator gives it, and a clock that can be moved."""
    program, env = system_users.program(folder)
    dividing.divide(folder / "data", datetime.now(UTC))
    return divided.running(folder, walled=True, program=program, env=env)


@pytest.mark.timeout(600)
async def test_an_order_is_disclosed_and_told_across_the_parts(
    parts: DividedServer, signers: Signers, tmp_path: Path
) -> None:
    """Filed, decided and signed at one part, logged by another, about addresses and a person of a third."""
    desk = await parts.seen_from(Part.LEGAL)
    async with AsyncExitStack() as leaving:
        cast = Cast(desk, tmp_path / "machines")
        leaving.push_async_callback(cast.close)
        await legal.assemble(cast)
        await legal.enrol_custodians(cast)
        mallory = await comes(cast, desk)
        leaving.push_async_callback(mallory.leave)
        roth = await legal.register(cast, orders.COURT_DE, orders.OFFICER_DE)
        await legal.pin_everybody(cast)
        order = await filed(cast, roth, mallory, signers)
        await decided(cast, order)
        await logged(cast)
        await legal.open_release(cast)
        await handed_over(desk, roth, order, mallory)
        assert not receipts(await mallory.letters()), "the gag has not ended"
        await told(cast, mallory, Cast(await parts.seen_from(Part.HTTP), tmp_path))


async def comes(cast: Cast, desk: RunningServer) -> Mallory:
    """Mallory signs up, and later on a second device. That part hears of custodians and clock on the bus."""
    first = await Mallory.comes(desk)

    async def sealed() -> bool:
        if await records(desk):
            return True
        further = await telethon_person.sign_in(desk, PHONE)
        await further.disconnect()
        return False

    await until(sealed, what="the clients' part sealing since it heard of the custodians")
    start = await legal.clock(desk, 60)

    async def at_the_clients() -> datetime:
        return (await first.send_message("me", OFFER)).date

    await until(at_the_clients, lambda now: now >= start, what="the step of the clock at the clients' part")
    second = await telethon_person.sign_in(desk, PHONE)
    await second.get_me()
    return Mallory(first, second, start, await legal.later(cast, HOUR))


async def records(desk: RunningServer) -> int:
    """How many addresses lie in the vault, all of them sealed."""
    target = running(desk.data_dir)
    assert target is not None
    pools = Pools(target)
    try:
        return int(await pools.of("legal").fetchval("SELECT count(*) FROM vault.records"))
    finally:
        await pools.close()


async def filed(cast: Cast, roth: Officer, mallory: Mallory, signers: Signers) -> str:
    """The court's officer files the order with its document; gives the order's id."""
    gag = orders.gag_of_30_days(await legal.clock(cast.house))
    stated = orders.court_order(MALLORY, mallory.start, mallory.end, gag)
    return await legal.file_order(roth, stated, await signers.court.sign("Order 12 Gs 34/26", f"Account {MALLORY}"))


async def decided(cast: Cast, order: str) -> None:
    """Two people examine, decide and sign."""
    assert "may be disclosed" in await legal.examine(cast, order, orders.ANSWERS_DE)
    await legal.decide(cast, order, "disclose", orders.REASONS_DE)
    release = await legal.release_of(cast, order)
    await legal.sign_release(cast, release, "Lea")
    assert "waits for the log" in await legal.sign_release(cast, release, "Tom")


async def logged(cast: Cast) -> None:
    """The hour ends: the part `worker` writes the batch with the decision, and a custodian cosigns it."""
    await legal.later(cast, HOUR)
    jan, cora = cast.machines["Jan"], cast.machines["Cora"]

    async def opens() -> bool:
        await jan.must("cosign")
        return await cora.run("open", "--dry-run") == 0

    await until(opens, what="the log's batch with the decision")


async def told(cast: Cast, mallory: Mallory, public: Cast) -> None:
    """When the secrecy has ended, the clients' part says what the legal part handed over; the receipt is true."""
    await legal.later(cast, 31 * DAY)
    letters = await until(mallory.letters, lambda found: bool(receipts(found)), what="the notice")
    (given,) = receipts(letters)
    assert given["opening"]["country"] == "DE"
    receipt = public.folder / "receipt.json"
    receipt.write_text(json.dumps(given))
    code, said = await legal.verify_log(public, "mallory", receipt=receipt)
    assert code == 0, said
    assert "phone" in said
