"""Moderators signed in over a real database, with a case that waits for them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from parley.core.clock import ManualClock
from parley.core.ids import CaseId
from parley.safety.classify import linear
from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.reports.notices import Notices
from parley.safety.review.model import Moderator
from parley.staff.model import Realm
from parley.staff.service import Staff
from parley.staff.sessions import Ceremonies, Sessions
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.desk import part as desk
from parley.web.moderation import part as moderation
from parley.web.moderation.desk import SafetyDesk
from parley.web.passkeys import Passkeys
from parley.web.site import Site
from tests.safety.conftest import BOB, Room, World
from tests.web.conftest import ORIGIN, Browser


@dataclass
class Moderation:
    """The desk with the moderation pages, and the safety room under it."""

    app: Any
    staff: Staff
    room: Room

    async def sign_in(self, name: str, *roles: str) -> Browser:
        """A browser in which a new member of staff is signed in."""
        browser = Browser(self.app)
        await browser.enrol(self.staff, name, *roles)
        return browser

    async def decide(self, moderator: Moderator, case_id: str) -> None:
        """Hide Mallory's channel from search."""
        actions = [PlannedAction(ActionKind.HIDE_FROM_SEARCH)]
        await self.room.review.decide(moderator, CaseId(case_id), "forged_papers", "Posts offer papers.", actions)

    async def reported_shop(self) -> str:
        """Mallory's channel, flagged and reported; the path of its case."""
        subject = await self.room.open_shop()
        await self.room.reports.step(BOB, subject, [1], b"33", "")
        (case_id,) = await self.room.case_ids()
        return f"/desk/moderation/cases/{case_id}"


def moderation_over(pools: Pools, clock: ManualClock, origin: str = ORIGIN) -> Moderation:
    """The application on a database, for people who reach it at `origin`."""
    staff_db = pools.of("staff")
    site = Site(origin=origin, clock=clock, secret=bytes(range(32)))
    staff, sessions = Staff(staff_db, clock), Sessions(staff_db, clock)
    passkeys = Passkeys(site, staff, Ceremonies(staff_db, clock, Realm.STAFF))
    room = Room(pools.of("safety"), pools.of("outbox"), clock, World(clock), linear.load())
    notices = Notices(room.database, room.reports, room.world)
    pages = SafetyDesk(room.database, room.review, room.appeals, room.rulebook, clock, notices)
    parts = [desk.part(staff, sessions, passkeys, moderation.waiting(pages)), moderation.part(pages)]
    app = build(site, parts, [desk.staff_door(site, staff, sessions)])
    return Moderation(app, staff, room)


@pytest.fixture
def safety(pools: Pools, clock: ManualClock) -> Moderation:
    """The application on a fresh database."""
    return moderation_over(pools, clock)


@pytest.fixture
async def ann(safety: Moderation) -> AsyncIterator[Browser]:
    """The moderator Ann's browser."""
    browser = await safety.sign_in("Ann", "moderator")
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def ben(safety: Moderation) -> AsyncIterator[Browser]:
    """The moderator Ben's browser."""
    browser = await safety.sign_in("Ben", "moderator")
    yield browser
    await browser.http.aclose()
