"""Somebody reads all public pages each hour, to learn whether a gagged order exists today: nothing tells."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from starlette.applications import Starlette

from parley.app.wiring import public_log, published, web
from parley.app.wiring.legal import announce
from parley.core.clock import ManualClock
from parley.legal.disclosure.events import DISCLOSED_TOPIC
from parley.legal.notices.model import State
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.publication import Publication
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import TOPICS
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.storage.database import Connection, Database
from parley.storage.leases import Lease
from parley.storage.migrator import migrate
from parley.storage.outbox import Item, Relay
from parley.storage.pools import Pools
from parley.storage.target import Target
from parley.web import custodian_api
from parley.web.application import build
from parley.web.ports import Endpoint
from parley.web.public import policies, start, translog, transparency
from parley.web.site import Site
from tests.legal_world import Machine, served
from tests.web.conftest import ORIGIN, Browser, server_key
from tests.web.legal.conftest import MALLORY, LegalWeb
from tests.web.legal.test_order_pages import REASONS, settle

KEY = server_key()
LOG = "/transparency/log"
PAGES = (
    "/", "/server-key.pem", "/policy", "/policy/privacy", "/policy/terms", "/transparency", "/transparency/rules",
    "/transparency?country=DE", "/transparency?country=Germany", "/transparency/2026Q4",
    "/transparency/reports/2026Q4.json", "/transparency/reports/2026Q4.csv", "/transparency/reports/2026Q4.txt",
    "/transparency/reports/2026Q4.dsa.csv", f"{LOG}/checkpoint", f"{LOG}/vkey", f"{LOG}/witnesses",
    f"{LOG}/witnesses.json", f"{LOG}/origins.json", f"{LOG}/openings.json",
)  # fmt: skip


@dataclass
class Server:
    """A whole legal room with its public pages, as a stranger sees it."""

    legal: LegalWeb
    relay: Relay
    way: httpx.ASGITransport
    http: httpx.AsyncClient
    url: str = ""
    machines: dict[str, Machine] = field(default_factory=dict)
    hours: int = 0

    async def enrol(self, folder: Path, *names: str) -> None:
        """Custodians enrol with their own tools, and pin each other."""
        for name in names:
            home = folder / name
            home.mkdir(mode=0o700)
            token = (await self.legal.wired.vault.issue_token(name, "staff:Root")).token
            self.machines[name] = machine = Machine(self.legal.clock, name, home / "key")
            assert await machine.run("enrol", self.url, "--token", token) == 0, machine.screen.text

    async def must(self, name: str, *step: str) -> None:
        """A custodian's tool does a step."""
        assert await self.machines[name].run(*step) == 0, self.machines[name].screen.text

    async def hour(self) -> None:
        """An hour passes. The doors count by the machine's clock, which stands still: so ask from elsewhere."""
        self.hours += 1
        self.way.client = (f"192.0.2.{self.hours}", 40_000)
        await self.relay.deliver_due()
        self.legal.clock.advance(3600)
        await self.legal.log.worker.tick()
        assert self.legal.log.worker.refusal is None

    async def seen(self) -> dict[str, tuple[object, tuple[object, ...]]]:
        """What each public address answers, in shape (status, size, size of each header), and what that took."""
        found: dict[str, tuple[object, tuple[object, ...]]] = {}
        for path in (*PAGES, *await self._tiles()):
            Counting.sent.clear()
            answer = await self.http.get(path)
            found[path] = _shape(answer), tuple(Counting.sent)
        assert any(taken for _, taken in found.values()), "statements are counted"
        return found

    async def _tiles(self) -> list[str]:
        note = (await self.http.get(f"{LOG}/checkpoint")).text
        size = Checkpoint.parse(note.split("\n\n")[0] + "\n").size
        full, rest = divmod(size, 256)
        tiles = [f"{LOG}/tile/{kind}/{number:03}" for kind in ("0", "entries") for number in range(full)]
        return tiles + [f"{LOG}/tile/{kind}/{full:03}.p/{rest}" for kind in ("0", "entries") if rest]


class Counting(Connection):
    """Notes every statement with the number of its rows: the work behind an answer, measured without a clock."""

    __slots__ = ()
    sent: ClassVar[list[tuple[str, int]]] = []

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        rows = await super().fetch(query, *args, **options)
        self.sent.append((query, len(rows)))
        return rows

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        row = await super().fetchrow(query, *args, **options)
        self.sent.append((query, int(row is not None)))
        return row

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        self.sent.append((query, 1))
        return await super().fetchval(query, *args, **options)

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        self.sent.append((query, 0))
        return await super().execute(query, *args, **options)


def _shape(answer: httpx.Response) -> tuple[object, ...]:
    assert answer.status_code != 429, "the comparison is of pages, not of who asked too often"
    headers = sorted((name, len(value)) for name, value in answer.headers.items() if name != "content-length")
    return answer.status_code, len(answer.content), tuple(headers)


async def _server(target: Target, folder: Path) -> tuple[Server, Pools]:
    pools, clock = Pools(target), ManualClock()
    since = clock.now() - timedelta(days=30)
    await pools.of("messenger").execute(
        "INSERT INTO messenger.accounts (account_id, first_name, username, created_at)"
        " VALUES ($1, 'Mallory', 'mallory', $2)", MALLORY, since,
    )  # fmt: skip
    await pools.of("messenger").execute(
        "INSERT INTO messenger.username_periods (name, since, owner_kind, owner_id)"
        " VALUES ('mallory', $2, 'user', $1)", MALLORY, since,
    )  # fmt: skip
    legal = LegalWeb.over(pools, clock, folder)
    wired = legal.wired
    relay = Relay(pools.of("outbox"), Lease(pools.of("outbox"), "relay"))

    async def to_log(item: Item) -> None:
        await legal.log.translog.take(item.topic, item.payload)

    async def disclosed(item: Item) -> None:
        await wired.notices.disclosed(item.payload)
        await wired.decisions.disclosed(item.payload)

    for topic in TOPICS:
        relay.handle(topic, to_log)
    relay.handle(DISCLOSED_TOPIC, disclosed)
    await public_log.start(legal.log)
    await announce(legal.base, wired)
    readers = published.build(legal.base, ORIGIN)
    parts = [
        start.part(KEY, Endpoint("127.0.0.1", 8443), readers.vault),
        policies.part(Policies(pools.of("messenger"), clock, Library.load()), readers.vault),
        translog.part(readers.reader, readers.witnesses, readers.quarterly),
        transparency.part(readers.reporting, readers.reader, readers.witnesses, wired.rules),
    ]
    app = build(Site(ORIGIN, clock, bytes(range(32))), parts)
    way = httpx.ASGITransport(app)
    http = httpx.AsyncClient(transport=way, base_url=ORIGIN, headers={"accept": "text/html"})
    return Server(legal, relay, way, http), pools


@pytest.fixture
async def servers(
    database_target: Target, empty_target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Server, Server]]:
    """Two servers that differ in nothing but what the test does to the second."""
    monkeypatch.setattr(Database, "connection_class", Counting)
    await migrate(empty_target)
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, its = await _server(database_target, tmp_path / "one")
    other, others = await _server(empty_target, tmp_path / "other")
    async with AsyncExitStack() as doors:
        for server in (one, other):
            own = server.legal.wired
            readers = published.build(server.legal.base, ORIGIN)
            parts = custodian_api.part(own.door), web.public_log(readers)
            app = Starlette(routes=[route for part in parts for route in part.routes])
            server.url = await doors.enter_async_context(served(app))
        yield one, other
    for server, pools in ((one, its), (other, others)):
        await server.http.aclose()
        await pools.close()


async def test_a_day_with_a_gagged_order_looks_like_any_other(
    servers: tuple[Server, Server], tmp_path: Path
) -> None:
    quiet, busy = servers
    people = {}
    for server, folder in zip(servers, ("one", "other"), strict=True):
        rita, otto = [await server.legal.sign_in(name, "registrar") for name in ("Rita", "Otto")]
        roth = await server.legal.officer(rita, await server.legal.authority(rita, otto))
        lea, tom = [await server.legal.sign_in(name, "legal") for name in ("Lea", "Tom")]
        people[id(server)] = roth, lea, tom
        await server.enrol(tmp_path / folder, "Cora", "Jan")
        await server.legal.connected("198.51.100.9")
        await server.hour()
    roth, lea, tom = people[id(busy)]
    order = path = ""
    for hour in range(24):
        if hour == 5:
            until = (busy.legal.clock.now() + timedelta(days=200)).strftime("%Y-%m-%dT%H:%M")
            await roth.passkey("/authority/sign-in", "/authority/sign-in", roth.key.get)
            order = await busy.legal.file(roth, gag_until=until)
        if hour == 8:
            await _sign_in(lea, tom)
            path = await settle(busy.legal, order, lea, tom, C2="pass", F1="pass")
            await lea.submit(path, f"{path}/decide", {"result": "disclose", "reasons": REASONS})
            (release,) = await busy.legal.services.releases.of_order(order)
            for one in (lea, tom):
                await one.passkey(path, f"{path}/releases/{release.release_id}/sign", one.key.get)
        if hour == 11:
            await _open(busy)
            assert await quiet.seen() == await busy.seen(), "custodians are at work"
        if hour == 14:
            await _withhold(busy, order, path, lea, tom)
        for server in servers:
            await server.hour()
        assert await quiet.seen() == await busy.seen(), f"hour {hour}"
    assert await _stages(busy) > {"received", "decided", "disclosed"}, "it really is in the log"
    assert not {"received", "decided", "disclosed"} & await _stages(quiet)

    quarter = Quarter.of(quiet.legal.clock.now())
    for server in servers:
        server.legal.clock.set(quarter.end)
        await server.hour()
    assert await quiet.seen() == await busy.seen(), "the quarter's report"
    files = [(await server.http.get(f"{LOG}/openings/{quarter}.json")).content for server in servers]
    read = [Publication.parse(file) for file in files]
    counted = [[(len(part.openings), part.closed, len(part.late)) for part in one.logs] for one in read]
    assert counted[0] == counted[1]
    assert len(_without_places(files[0])) == len(_without_places(files[1]))
    opened = [{entry.opening.stage for entry in one.entries()} for one in read]
    assert opened[0] == opened[1]


async def _sign_in(*people: Browser) -> None:
    for one in people:
        await one.passkey("/desk/sign-in", "/desk/sign-in", one.key.get)


async def _open(busy: Server) -> None:
    """Two custodians cosign, open on their own machines, and the officer's delivery is there."""
    for name in ("Cora", "Jan"):
        await busy.must(name, "pin")
    await busy.must("Cora", "cosign")
    await busy.must("Jan", "open")
    await busy.must("Cora", "open")
    assert "the delivery is sealed and uploaded" in busy.machines["Cora"].screen.text


async def _withhold(busy: Server, order: str, path: str, lea: Browser, tom: Browser) -> None:
    """Two people keep the person's notice back."""
    await _sign_in(lea, tom)
    (notice,) = await busy.legal.services.notices.of_order(order)
    step = f"{path}/notices/{notice.notice_id}/withhold"
    await lea.submit(path, step, {"why": "It would endanger a witness."})
    await tom.submit(path, f"{step}/confirm")
    (notice,) = await busy.legal.services.notices.of_order(order)
    assert notice.state is State.WITHHELD


def _without_places(document: bytes) -> bytes:
    """Which leaves stay closed is drawn at random, so the digits of the places differ by a few between any two."""
    return re.sub(rb'"index":\d+', b'"index":0', document)


async def _stages(server: Server) -> set[str]:
    leaves = await server.legal.log.translog._database.fetch("SELECT opening FROM translog.leaves")
    return {re.search(r'"stage":\s*"(\w+)"', str(row["opening"])).group(1) for row in leaves}  # type: ignore[union-attr]
