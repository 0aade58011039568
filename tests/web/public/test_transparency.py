"""A visitor reads the figures, takes them as files, and gets the log as any tlog-tiles client expects it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from parley.core.clock import ManualClock
from parley.legal import rules_in_force
from parley.legal.reporting.service import Reporting
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import LEAF_BYTES, Opening
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.legal.translog.tiles import decode_bundle
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.public import translog, transparency
from parley.web.public.chart import Bar, stacked_bars
from parley.web.site import Site

_ORIGIN = "http://localhost:8080"


@dataclass
class _Site:
    http: httpx.AsyncClient
    translog: Translog
    quarterly: Quarterly
    clock: ManualClock

    async def hour(self) -> None:
        self.clock.advance(3600)
        await self.translog.write_due()


@pytest.fixture
async def site(pools: Pools, clock: ManualClock, data_dir: Path) -> AsyncIterator[_Site]:
    database = pools.of("log")
    log = Translog(database, clock, data_dir / "log", "localhost:8080/transparency/log")
    await log.open()
    quarterly = Quarterly(database, clock, closed=8)
    reader, witnesses = LogReader(database), Witnesses(database, clock)
    reporting = Reporting(quarterly, clock, f"{_ORIGIN}/transparency")
    parts = [
        translog.part(reader, witnesses, quarterly),
        transparency.part(reporting, reader, witnesses, rules_in_force.load()),
    ]
    app = build(Site(_ORIGIN, clock, bytes(range(32))), parts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=_ORIGIN) as http:
        yield _Site(http, log, quarterly, clock)


async def _orders(site: _Site) -> Quarter:
    for ref, country, result in (("a", "DE", "disclose"), ("b", "TR", "refuse")):
        base = {"order_ref": ref, "country": country, "instrument": "national_court"}
        decided = {"stage": "decided", "result": result, "reason": "D3", **base}
        for raw in ({"stage": "received", "authority_kind": "court", **base}, decided):
            await site.translog.append(Opening.from_json(raw))
    await site.translog.append(
        Opening.from_json(
            {
                "stage": "disclosed",
                "order_ref": "a",
                "country": "DE",
                "instrument": "national_court",
                "users": 1,
                "fields": ["phone"],
            }
        )
    )
    await site.hour()
    quarter = Quarter.of(site.clock.now())
    site.clock.set(quarter.end)
    await site.quarterly.publish_due()
    return quarter


async def test_before_the_first_quarter_has_ended_the_page_says_so(site: _Site) -> None:
    page = await site.http.get("/transparency", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "No quarter has ended yet" in page.text
    assert "parley log verify http://localhost:8080/transparency/log" in page.text


async def test_the_page_shows_orders_in_a_chart_and_a_table(site: _Site) -> None:
    quarter = await _orders(site)
    page = await site.http.get("/transparency", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "What came of requests, by country, 2026Q4" in page.text
    assert "Germany: 1 fulfilled" in page.text
    assert '<th scope="row">Germany</th>' in page.text
    assert "D3: 1" in page.text
    assert (await site.http.get(f"/transparency/{quarter}")).status_code == 200
    one = await site.http.get("/transparency", params={"country": "germany"})
    assert "Fulfilled requests: 1" in one.text
    assert "no country has this name" in (await site.http.get("/transparency?country=Atlantis")).text


async def test_the_figures_can_be_taken_away(site: _Site) -> None:
    quarter = await _orders(site)
    raw = await site.http.get(f"/transparency/reports/{quarter}.json")
    assert raw.json()["total"]["received"] == 2
    table = await site.http.get(f"/transparency/reports/{quarter}.csv")
    assert table.text.splitlines()[1].startswith("2026Q4,DE,court,national_court,no,")
    assert "Requests received: 2" in (await site.http.get(f"/transparency/reports/{quarter}.txt")).text
    assert (await site.http.get(f"/transparency/reports/{quarter}.dsa.csv")).text.startswith("Applicability,")


@pytest.mark.parametrize(
    "path",
    [
        "reports/2026Q4.json",
        "reports/2026Q4.pdf",
        "2020Q1",
        "soon",
        "log/tile/0/000",
        "log/tile/0/000.p/1",
        "log/tile/x",
        "log/openings/2026Q4.json",
        "log/openings/x.json",
    ],
)
async def test_what_is_not_there_is_a_plain_404(site: _Site, path: str) -> None:
    assert (await site.http.get(f"/transparency/{path}")).status_code == 404


async def test_the_rules_of_the_desk_are_public(site: _Site) -> None:
    page = await site.http.get("/transparency/rules", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Reg. (EU) 2023/1543 Art. 13" in page.text
    assert "not confirmed by counsel" in page.text


async def test_the_log_is_served_as_tlog_tiles(site: _Site) -> None:
    await site.hour()
    vkey = await site.http.get("/transparency/log/vkey")
    checkpoint = await site.http.get("/transparency/log/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["cache-control"] == "no-cache"
    head = verify_checkpoint(checkpoint.content, VerifierKey.parse(vkey.text)).checkpoint
    assert head.size == 16
    tile = await site.http.get("/transparency/log/tile/0/000.p/16")
    assert (tile.headers["content-type"], len(tile.content)) == ("application/octet-stream", 512)
    assert "immutable" in tile.headers["cache-control"]
    bundle = await site.http.get("/transparency/log/tile/entries/000.p/16")
    assert {len(leaf) for leaf in decode_bundle(bundle.content, 16)} == {LEAF_BYTES}
    assert (await site.http.get("/transparency/log/origins.json")).json()["logs"][0]["origin"] == head.origin
    assert (await site.http.get("/transparency/log/witnesses")).text == ""


async def test_openings_are_sent_compressed_only_to_those_who_take_it(site: _Site) -> None:
    quarter = await _orders(site)
    path = f"/transparency/log/openings/{quarter}.json"
    plain = await site.http.get(path, headers={"accept-encoding": "identity"})
    packed = await site.http.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.json() == packed.json()
    assert (await site.http.get("/transparency/log/openings.json")).json()["quarters"][0]["quarter"] == str(quarter)


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"text\n\n\xe2\x80\x94 w AAAAAAA=\n", Checkpoint("x", 1, bytes(32)).text().encode()]
)
async def test_what_is_no_cosignature_is_refused(site: _Site, body: bytes) -> None:
    answer = await site.http.post("/transparency/log/cosignatures", content=body)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_and_tiles_look_alike_with_and_without_a_gagged_order(site: _Site) -> None:
    await site.translog.set_gag("secret", site.clock.now().replace(year=2030))
    sizes = []
    for opening in (
        None,
        Opening.from_json(
            {"stage": "received", "order_ref": "secret", "country": "DE", "instrument": "emergency", "gag": True}
        ),
    ):
        if opening is not None:
            await site.translog.append(opening)
        await site.hour()
        page = await site.http.get("/transparency", headers={"accept": "text/html"})
        count = len(await _bundle(site))
        sizes.append((len(page.content), count % 16))
    assert sizes[0] == sizes[1]
    quarter = Quarter.of(site.clock.now())
    site.clock.set(quarter.end)
    await site.quarterly.publish_due()
    assert (await site.http.get(f"/transparency/reports/{quarter}.json")).json()["rows"] == []
    opened = (await site.quarterly.publication(quarter)).logs[0]
    assert (len(opened.openings), opened.closed) == (24, 8)


async def _bundle(site: _Site) -> list[bytes]:
    size = Checkpoint.parse((await site.http.get("/transparency/log/checkpoint")).text.split("\n\n")[0] + "\n").size
    raw = await site.http.get(f"/transparency/log/tile/entries/000.p/{size}")
    return decode_bundle(raw.content, size)


def test_a_chart_has_words_for_those_who_do_not_see_it_and_escapes_them() -> None:
    chart = stacked_bars("c", "Title <b>", "All of it", ["One", "Two"], [Bar("A & B", (1, 0)), Bar("C", (100, 3))])
    root = ET.fromstring(str(chart))  # noqa: S314  our own output
    assert root.attrib["role"] == "img"
    named = {element.attrib.get("id"): element.text for element in root.iter()}
    assert named["c-title"] == "Title <b>"
    assert named["c-text"] == "All of it"
    assert "style=" not in chart
    assert stacked_bars("c", "t", "d", ["One"], [])
