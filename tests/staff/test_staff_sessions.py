"""Sessions are bound, short, listed and revocable; challenges serve once."""

import pytest

from parley.core.clock import ManualClock
from parley.staff import rules
from parley.staff.model import Realm
from parley.staff.sessions import Ceremonies, Sessions
from parley.storage.pools import Pools

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEWER = FIREFOX.replace("140.0", "141.0")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture
def sessions(pools: Pools, clock: ManualClock) -> Sessions:
    return Sessions(pools.of("staff"), clock)


async def open_one(sessions: Sessions, agent: str = FIREFOX) -> str:
    return await sessions.open(Realm.STAFF, "s1", agent, actor="staff:Nora")


async def test_a_cookie_brings_its_session_back(sessions: Sessions) -> None:
    found = await sessions.resume(Realm.STAFF, await open_one(sessions), NEWER)
    assert found is not None
    assert (found.subject, found.agent) == ("s1", "Firefox on Linux")


async def test_a_stolen_cookie_is_worthless_in_another_browser_or_area(sessions: Sessions) -> None:
    token = await open_one(sessions)
    assert await sessions.resume(Realm.STAFF, token, CHROME) is None
    assert await sessions.resume(Realm.OFFICER, token, FIREFOX) is None
    assert await sessions.resume(Realm.STAFF, token + "x", FIREFOX) is None


async def test_use_keeps_a_session_alive_but_not_beyond_twelve_hours(
    sessions: Sessions, clock: ManualClock
) -> None:
    token = await open_one(sessions)
    for _ in range(35):
        clock.advance(20 * 60)
        assert await sessions.resume(Realm.STAFF, token, FIREFOX)
    clock.advance(20 * 60)
    assert await sessions.resume(Realm.STAFF, token, FIREFOX) is None


async def test_an_idle_session_ends(sessions: Sessions, clock: ManualClock) -> None:
    token = await open_one(sessions)
    clock.advance(rules.SESSION_IDLE.total_seconds())
    assert await sessions.resume(Realm.STAFF, token, FIREFOX) is None
    assert await sessions.of(Realm.STAFF, "s1") == []


async def test_people_see_and_end_their_own_sessions_only(sessions: Sessions) -> None:
    await open_one(sessions)
    token = await open_one(sessions, CHROME)
    mine = await sessions.of(Realm.STAFF, "s1")
    assert {s.agent for s in mine} == {"Firefox on Linux", "Chrome on Linux"}
    other = next(s for s in mine if s.agent.startswith("Firefox"))
    assert not await sessions.end(Realm.STAFF, "s2", other.ref, actor="staff:Omar")
    here = await sessions.resume(Realm.STAFF, token, CHROME)
    assert here is not None
    assert await sessions.end_others(Realm.STAFF, "s1", here.ref, actor="staff:Nora") == 1
    assert [s.ref for s in await sessions.of(Realm.STAFF, "s1")] == [here.ref]


async def test_the_database_cannot_sign_anybody_in(sessions: Sessions, pools: Pools) -> None:
    token = await open_one(sessions)
    row = await pools.of("staff").fetchrow("SELECT * FROM staff.sessions")
    assert row is not None
    assert token not in str(dict(row))


async def test_a_challenge_serves_once_for_its_purpose_and_for_ten_minutes(
    pools: Pools, clock: ManualClock
) -> None:
    pending = Ceremonies(pools.of("staff"), clock, Realm.STAFF)
    token = await pending.put("sign in", "s1", b"c" * 32)
    assert await pending.take("register", token) is None
    taken = await pending.take("sign in", token)
    assert taken is not None
    assert (taken.owner, taken.challenge) == ("s1", b"c" * 32)
    assert await pending.take("sign in", token) is None
    late = await pending.put("sign in", None, b"c" * 32)
    clock.advance(rules.CEREMONY_LIFE.total_seconds())
    assert await pending.take("sign in", late) is None
