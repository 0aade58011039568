"""A web application over a real database, and a browser in miniature that keeps cookies and fills forms."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.async_api import Page, expect
from starlette.applications import Starlette

from parley.core.clock import ManualClock
from parley.legal.vault.model import VaultStatus
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.staff.model import Realm
from parley.staff.service import Staff
from parley.staff.sessions import Ceremonies, Sessions
from parley.storage.pools import Pools
from parley.web import dev as development
from parley.web.application import build
from parley.web.desk import part as desk
from parley.web.metrics import Registry
from parley.web.parts import Part
from parley.web.passkeys import Passkeys
from parley.web.ports import Endpoint, ServerKey
from parley.web.public import health, operator, start
from parley.web.public import policies as policies_part
from parley.web.site import Site
from tests.authenticator import Authenticator
from tests.browser import *  # noqa: F403 -- the fixtures
from tests.browser import serving

ORIGIN = "http://localhost:8080"


class Vault:
    """Says how many custodians have enrolled."""

    def __init__(self) -> None:
        self.count = 0

    async def status(self) -> VaultStatus:
        return VaultStatus(self.count >= 2, self.count, 30)


class Machine:
    """Says whether the database answers."""

    def __init__(self) -> None:
        self.well = True

    async def check(self) -> dict[str, bool]:
        return {"database": self.well}


class Moving:
    """The clock of a test as the development pages move it."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.now = clock.now

    async def advance(self, seconds: float) -> None:
        self._clock.advance(seconds)


class Codes:
    """Holds the sign-in codes of a test."""

    def newest(self, phone: str) -> str | None:
        return dict(self.recent()).get(phone)

    def recent(self) -> list[tuple[str, str]]:
        return [("4915112345678", "12345")]


class NoOfficers:
    """Knows nobody."""

    async def officer_by_name(self, name: str) -> None:
        return None


def server_key() -> ServerKey:
    """Make a key as the server has one."""
    key = rsa.generate_private_key(65537, 2048).public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode().strip()
    return ServerKey(pem, -1234567890123456789, key.public_numbers().n, 65537)


@dataclass
class Desk:
    """The services and the application over them."""

    site: Site
    staff: Staff
    sessions: Sessions
    passkeys: Passkeys
    policies: Policies
    vault: Vault
    machine: Machine
    codes: Codes
    app: Starlette

    @classmethod
    def over(
        cls,
        pools: Pools,
        clock: ManualClock,
        origin: str = ORIGIN,
        *,
        dev: bool = False,
        more: tuple[Part, ...] = (),
    ) -> "Desk":
        """Build the application on a database, for people who reach it at `origin`."""
        database = pools.of("staff")
        site = Site(origin=origin, clock=clock, secret=bytes(range(32)), dev=dev)
        staff, sessions = Staff(database, clock), Sessions(database, clock)
        passkeys = Passkeys(site, staff, Ceremonies(database, clock, Realm.STAFF))
        policies = Policies(pools.of("messenger"), clock, Library.load())
        vault, machine, codes = Vault(), Machine(), Codes()
        parts = [
            start.part(server_key(), Endpoint("127.0.0.1", 8443), vault),
            policies_part.part(policies, vault),
            operator.part(),
            health.part(machine, Registry()),
            desk.part(staff, sessions, passkeys),
            *([development.part(site, codes, Moving(clock), staff, NoOfficers())] if dev else []),
            *more,
        ]
        app = build(site, parts, [desk.staff_door(site, staff, sessions)])
        return cls(site, staff, sessions, passkeys, policies, vault, machine, codes, app)


class Browser:
    """Keeps cookies, takes form tokens out of pages, and answers passkey forms."""

    def __init__(self, app: Any, origin: str = ORIGIN) -> None:
        transport = httpx.ASGITransport(app=app)
        self.http = httpx.AsyncClient(transport=transport, base_url=origin, headers={"accept": "text/html"})

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, **more)

    async def token(self, path: str) -> str:
        """Open a page and take its form token."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', (await self.get(path)).text)
        assert found, f"no form on {path}"
        return found.group(1)

    async def submit(self, page: str, action: str, data: dict[str, Any] | None = None) -> httpx.Response:
        """Open a page and submit its form to `action`."""
        token = await self.token(page)
        return await self.http.post(action, data={"csrf_token": token, **(data or {})})

    async def enrol(self, staff: Staff, name: str, *roles: str) -> Authenticator:
        """Sign a new member of staff in; gives their passkey."""
        enrolment, key = await staff.add(name, list(roles)), Authenticator()
        page = f"/desk/enrol/{enrolment.token}"
        done = await self.passkey(page, page, key.create)
        assert done.status_code == 303, done.text
        return key

    async def passkey(
        self, page: str, action: str, answer: Any, data: dict[str, str] | None = None
    ) -> httpx.Response:
        """Submit a passkey form: fetch options, let `answer` respond, send it."""
        options = await self.submit(page, f"{action}/options", data)
        begun = json.loads(options.text)
        filled = {"ceremony": begun["ceremony"], "credential": answer(begun["publicKey"]), **(data or {})}
        return await self.submit(page, action, filled)


@pytest.fixture
def the_desk(pools: Pools, clock: ManualClock) -> Desk:
    """The desk on a fresh database."""
    return Desk.over(pools, clock)


@pytest.fixture
async def visitor(the_desk: Desk) -> AsyncIterator[Browser]:
    """A browser in which nobody is signed in."""
    browser = Browser(the_desk.app)
    yield browser
    await browser.http.aclose()


@pytest.fixture
async def admin(the_desk: Desk, visitor: Browser) -> Browser:
    """A browser in which the administrator Ada is signed in."""
    await visitor.enrol(the_desk.staff, "Ada", "admin")
    return visitor


Served = TypeVar("Served")


@asynccontextmanager
async def on_loopback(make: Callable[[str], Served]) -> AsyncIterator[tuple[Served, str]]:
    """Serve the `app` of what `make(origin)` gives for as long as the block runs; gives that and the origin."""
    made: list[Served] = []

    def app(origin: str) -> Any:
        made.append(make(origin))
        return made[0].app  # type: ignore[attr-defined]

    async with serving(app) as origin:
        yield made[0], origin


async def enter(page: Page, staff: Staff, origin: str, name: str, *roles: str) -> None:
    """Let a new member of staff enrol and sign in in a real browser's page."""
    enrolment = await staff.add(name, list(roles))
    await page.goto(f"{origin}/desk/enrol/{enrolment.token}")
    await page.get_by_role("button", name="Create my passkey").click()
    await expect(page.get_by_role("heading", name=f"Good to see you, {name}")).to_be_visible()
