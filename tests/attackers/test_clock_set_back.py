"""Somebody sets the clock of a server or a custodian back: what was over stays over, what was signed is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.legal.notices.model import Gag
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.publication import check_publications
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.rules import Quarter
from parley.legal.vault import rules as vault_rules
from parley.legal.vault.errors import ErasureKeyGone
from parley.staff.model import Realm
from parley.staff.sessions import Sessions
from tests.legal.notices.test_notices import _World as Notified
from tests.legal_world import MALLORY

DAY = timedelta(days=1)


async def head(world) -> Checkpoint:
    return Checkpoint.parse((await world.reader.checkpoint()).text)


async def test_the_log_waits_until_the_clock_is_past_its_newest_hour(world):
    for _ in range(3):
        await world.next_batch()
    before, moment = await head(world), world.clock.now()
    world.clock.set(moment - 30 * DAY)
    await world.log.append(Opening(Stage.RECEIVED, "ref", "DE", "national_court"))
    for _ in range(5):
        world.clock.advance(3600)
        assert await world.log.write_due() is None
    assert await head(world) == before
    world.clock.set(moment + timedelta(hours=1))
    assert await world.log.write_due() is not None
    assert (await head(world)).size == before.size + 16


async def test_a_quarter_that_was_opened_is_not_opened_again(world):
    quarterly = Quarterly(world.pools.of("log"), world.clock, closed=8)
    quarter = Quarter.of(world.clock.now())
    await world.next_batch()
    world.clock.set(quarter.end)
    await world.log.write_due()
    assert await quarterly.publish_due() == [quarter]
    world.clock.set(quarter.end - DAY)
    assert await world.log.write_due() is None, "nothing is written into a quarter that was opened"
    assert await quarterly.publish_due() == []
    world.clock.set(quarter.later(1).end)
    await world.log.write_due()
    assert await quarterly.publish_due() == [quarter.later(1)]
    check_publications(await quarterly.until(quarter.later(1)))


async def test_a_notice_that_was_sent_stays_sent_and_a_gag_only_lasts_longer(pools, clock, data_dir):
    world = Notified(pools, clock, data_dir / "log")
    await world.translog.open()
    until = clock.now() + 30 * DAY
    await world.case(gag=Gag("section 100 of the code", "Judge Roe", until))
    await world.disclose()
    await world.hour()
    for moment in (until - timedelta(seconds=1), until - 300 * DAY):
        clock.set(moment)
        assert await world.notices.send_due() == 0, "a clock set back opens no gag"
    clock.set(until)
    assert await world.notices.send_due() == 1
    clock.set(until - 10 * DAY)
    assert await world.notices.send_due() == 0
    assert len(world.service.sent) == 1


async def test_a_shredded_day_does_not_come_back_with_its_date(world):
    await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    day, began = vault_rules.day_of(world.clock.now()), world.clock.now()
    world.clock.set(began + 32 * DAY)
    assert vault_rules.erasure_id(day, None) in await world.vault.sweep()
    world.clock.set(began)
    with pytest.raises(ErasureKeyGone):
        world.erasure.get(vault_rules.erasure_id(day, None))
    assert await world.vault.sealed_days(MALLORY, [day]) == ((), ())
    await world.seen("203.0.113.1", 1)
    assert await world.vault.sealed_days(MALLORY, [day]) == ((), ()), "what is seen under a wrong date is lost"


async def test_a_clock_set_back_keeps_addresses_longer_until_it_is_set_right(world):
    await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    began = world.clock.now()
    world.clock.set(began - 100 * DAY)
    assert await world.vault.sweep() == ()
    world.clock.set(began + 32 * DAY)
    assert len(await world.vault.sweep()) == 1


async def test_a_custodians_tool_takes_no_cosignature_from_its_future(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.asked_for()
    assert await ben.run("cosign") == 0
    right = world.clock.now()
    world.clock.set(right - DAY)
    assert await ada.run("open") == 5
    assert "newer than three days" in ada.screen.text
    world.clock.set(right)
    assert await ada.run("open") == 0, ada.screen.text


async def test_a_session_that_ended_revives_only_until_somebody_else_signs_in(world):
    sessions = Sessions(world.pools.of("staff"), world.clock)
    token = await sessions.open(Realm.STAFF, "s1", "Firefox/130", actor="staff:Nora")
    began = world.clock.now()
    world.clock.advance(13 * 3600)
    assert await sessions.resume(Realm.STAFF, token, "Firefox/130") is None
    world.clock.set(began)
    assert await sessions.resume(Realm.STAFF, token, "Firefox/130"), "admitted: its life is counted by this clock"
    world.clock.advance(13 * 3600)
    await sessions.open(Realm.STAFF, "s2", "Firefox/130", actor="staff:Tom")
    world.clock.set(began)
    assert await sessions.resume(Realm.STAFF, token, "Firefox/130") is None, "the next sign-in swept it away"
