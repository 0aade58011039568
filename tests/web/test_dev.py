"""Development mode shows codes, signs in and moves the clock, for this machine only."""

import pytest

from parley.core.clock import ManualClock
from parley.storage.pools import Pools
from parley.web import dev
from tests.web.conftest import Browser, Desk, Moving, NoOfficers


@pytest.fixture
def the_desk(pools: Pools, clock: ManualClock) -> Desk:
    return Desk.over(pools, clock, dev=True)


async def test_the_newest_code_of_a_number(visitor: Browser) -> None:
    for phone in ("4915112345678", "+4915112345678", "%2B49 151 12345678"):
        assert (await visitor.get(f"/dev/login-codes/{phone}")).json() == {"code": "12345"}
    missing = await visitor.get("/dev/login-codes/1", headers={"accept": "*/*"})
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


async def test_sign_in_sets_the_session_cookie(the_desk: Desk, visitor: Browser) -> None:
    await the_desk.staff.add("Nora", ["moderator"])
    assert (await visitor.http.post("/dev/sign-in", json={"staff": "Nora"})).status_code == 200
    assert "Good to see you, Nora" in (await visitor.get("/desk")).text


async def test_nobody_signs_in_as_somebody_unknown_or_barred(the_desk: Desk, visitor: Browser) -> None:
    member = (await the_desk.staff.add("Nora", ["moderator"])).member
    await the_desk.staff.bar(member.staff_id, by="staff:Ada")
    for name in ("Nora", "Nobody"):
        assert (await visitor.http.post("/dev/sign-in", json={"staff": name})).status_code == 404


async def test_the_clock_moves_ahead_only(visitor: Browser, clock: ManualClock) -> None:
    before = clock.now()
    assert (await visitor.http.post("/dev/clock", json={"advance_s": 3600})).status_code == 200
    assert (clock.now() - before).total_seconds() == 3600
    for wrong in (-1, "x", True, None, 1e12):
        assert (await visitor.http.post("/dev/clock", json={"advance_s": wrong})).status_code == 422


@pytest.mark.parametrize("path", ["/dev/sign-in", "/dev/clock"])
async def test_only_json_is_taken_so_that_no_foreign_form_reaches_it(visitor: Browser, path: str) -> None:
    answer = await visitor.http.post(path, content=b'{"advance_s": 1}', headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert (await visitor.http.post(path, content=b"[", headers={"content-type": "application/json"})).is_error
    assert (await visitor.http.post(path, json=[])).status_code == 422


async def test_another_host_reaches_nothing(visitor: Browser) -> None:
    for host in ("192.0.2.7:8080", "10.0.0.1"):
        assert (await visitor.get("/dev", headers={"host": host})).status_code == 404
        assert (await visitor.get("/dev/login-codes/4915112345678", headers={"host": host})).status_code == 404


async def test_the_page_and_its_forms_work(the_desk: Desk, visitor: Browser, clock: ManualClock) -> None:
    await the_desk.staff.add("Nora", ["moderator"])
    assert "12345" in (await visitor.get("/dev")).text
    before = clock.now()
    await visitor.submit("/dev", "/dev/clock/form", {"hours": "2"})
    assert (clock.now() - before).total_seconds() == 7200
    assert (await visitor.submit("/dev", "/dev/sign-in/form", {"staff": "Nora"})).headers["location"] == "/desk"


def test_without_development_mode_there_is_no_such_part(pools: Pools, clock: ManualClock) -> None:
    desk = Desk.over(pools, clock)
    with pytest.raises(ValueError, match="development mode only"):
        dev.part(desk.site, desk.codes, Moving(clock), desk.staff, NoOfficers())
