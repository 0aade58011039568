"""The legal room as `app` wires it, with its pages, its people and an account that an order can be about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from starlette.applications import Starlette

from parley.app.events import EventHub
from parley.app.service_account import ServiceAccount
from parley.app.wiring import legal as legal_wiring
from parley.app.wiring import public_log
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.public_log import LogServices
from parley.app.wiring.web import state_of_log
from parley.core.clock import ManualClock
from parley.core.ids import AccountId
from parley.core.settings import Settings
from parley.core.tasks import Supervisor
from parley.legal.vault.sealer import Sealer
from parley.messenger.accounts.sealing import Secrets
from parley.staff.model import Realm
from parley.staff.service import Staff
from parley.staff.sessions import Ceremonies, Sessions
from parley.storage.bus import LocalBus
from parley.storage.leases import Lease
from parley.storage.outbox import Relay
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.authority import part as authority_part
from parley.web.desk import part as desk
from parley.web.legal_desk import log_state
from parley.web.legal_desk import part as legal_part
from parley.web.legal_desk.services import LegalServices
from parley.web.passkeys import Passkeys
from parley.web.site import Site
from tests.authenticator import Authenticator
from tests.signed_pdf import Court, court
from tests.web.conftest import ORIGIN, Browser, on_loopback

MALLORY = 2222222222
AUTHORITY = {
    "name": "Amtsgericht Beispielstadt",
    "country": "DE",
    "kind": "court",
    "level": "local",
    "competence": ["national_court", "emergency"],
    "email_domains": "ag-beispielstadt.de",
    "callback_numbers": "+49 30 123456",
    "source_url": "https://www.justiz.example/gerichte",
}


@dataclass
class LegalWeb:
    """The application and what it stands on."""

    app: Starlette
    site: Site
    staff: Staff
    services: LegalServices
    wired: legal_wiring.LegalServices
    log: LogServices
    base: Foundation
    clock: ManualClock
    court: Court

    @classmethod
    def over(cls, pools: Pools, clock: ManualClock, folder: Path, origin: str = ORIGIN) -> LegalWeb:
        """Build everything on a database, for people who reach it at `origin`."""
        founded = court()
        roots = folder / "legal" / "roots"
        roots.mkdir(parents=True, exist_ok=True)
        (roots / "court.pem").write_bytes(founded.root_pem)
        base = _foundation(pools, clock, folder)
        site = Site(origin=origin, clock=clock, secret=bytes(range(32)))
        database = pools.of("staff")
        staff, sessions = Staff(database, clock), Sessions(database, clock)
        wired = legal_wiring.build(
            base, origin, staff, Secrets.derive(bytes(32)), legal_wiring.sealer(base), ServiceAccount()
        )
        services = LegalServices(
            pools.of("legal"), wired.authorities, wired.orders, wired.analysis, wired.decisions,
            wired.releases, wired.handover, wired.notices, wired.vault, wired.door,
            wired.preservations, wired.emergencies, wired.givings_up,
        )  # fmt: skip
        log = public_log.build(base, origin)
        public_log.take_entries(base, log)
        state = state_of_log(base, log)
        passkeys = Passkeys(site, staff, Ceremonies(database, clock, Realm.STAFF))
        officers = Passkeys(site, wired.authorities, Ceremonies(database, clock, Realm.OFFICER))
        parts = [
            desk.part(staff, sessions, passkeys, (*legal_part.waiting(services), *log_state.waiting(state))),
            log_state.part(state),
            legal_part.part(services, passkeys),
            authority_part.part(
                wired.authorities, wired.orders, wired.handover, sessions, officers, wired.delivery_key
            ),
        ]
        realms = [
            desk.staff_door(site, staff, sessions),
            authority_part.officer_door(site, wired.authorities, sessions),
        ]
        return cls(
            build(site, parts, realms),
            site,
            staff,
            services,
            wired,
            log,
            base,
            clock,
            founded,
        )

    async def state_rules(self) -> None:
        """Start the log and let the desk state its rules in it, as the server's start does."""
        await public_log.start(self.log)
        await legal_wiring.announce(self.base, self.wired)
        while await self.base.relay.deliver_due():
            continue

    async def connected(self, ip: str = "192.0.2.7") -> None:
        """Mallory connects from an address, which is sealed for the custodians of now."""
        (sealer,) = self.wired.vault._sealers
        assert isinstance(sealer, Sealer)
        await sealer.refresh()
        await sealer.seal(AccountId(MALLORY), ip, 50_000, self.clock.now())
        await sealer.flush()

    async def sign_in(self, name: str, *roles: str) -> Browser:
        """A browser in which a new member of staff is signed in; `browser.key` is their passkey."""
        browser = Browser(self.app)
        browser.key = await browser.enrol(self.staff, name, *roles)
        return browser

    async def authority(self, registrar: Browser, second: Browser | None, **changed: Any) -> str:
        """Enter an authority and have it confirmed; gives the path of its page."""
        new = "/desk/authorities/new"
        made = await registrar.submit(new, "/desk/authorities", AUTHORITY | changed)
        assert made.status_code == 303, made.text
        path = made.headers["location"]
        if second is not None:
            assert (await second.submit(path, f"{path}/confirm")).status_code == 303
        return path

    async def officer(self, registrar: Browser, authority: str, name: str = "Inspector Roth") -> Browser:
        """Vouch for an officer and enrol them in a browser of their own; `browser.key` is their passkey."""
        data = {"name": name, "email": "roth@ag-beispielstadt.de"}
        shown = (await registrar.submit(authority, f"{authority}/officers", data)).text
        link = shown.split(f"{ORIGIN}/authority/enrol/")[1].split("<")[0]
        page, browser = f"/authority/enrol/{link}", Browser(self.app)
        browser.key = Authenticator()
        recipient = {"recipient": str(pyrage.x25519.Identity.generate().to_public())}
        done = await browser.passkey(page, page, browser.key.create, recipient)
        assert done.status_code == 303, done.text
        return browser

    def filing(self, **changed: Any) -> dict[str, Any]:
        """What an honest officer states about Mallory."""
        now = self.clock.now()
        return {
            "instrument": "national_court",
            "authorisation_reference": "12 Gs 34/26",
            "legal_basis": "section 100k StPO",
            "offence": "sale of narcotics, section 29 BtMG",
            "statement_category": "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
            "max_penalty_years": "5",
            "identifier": "@mallory",
            "person_role": "suspect",
            "fields": ["phone", "ip", "port", "ip_time"],
            "start": (now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
            "end": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
            "gag": "yes",
            "gag_legal_basis": "section 101 StPO",
            "gag_judge": "Judge Adler",
            "gag_until": (now + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M"),
        } | changed

    async def draft(self, officer: Browser, document: bytes | None = None, **changed: Any) -> Any:
        """Send the filing form with a signed PDF; gives the answer."""
        content = document if document is not None else await self.court.sign("Order 12 Gs 34/26")
        token = await officer.token("/authority/orders/new")
        data = {"csrf_token": token} | self.filing(**changed)
        files = {"document": ("order.pdf", content, "application/pdf")}
        return await officer.http.post("/authority/orders/new", data=data, files=files)

    async def file(self, officer: Browser, **changed: Any) -> str:
        """File an order with the officer's passkey; gives its id."""
        page = await self.draft(officer, **changed)
        assert page.status_code == 200, page.text
        action = page.text.split('action="/authority/drafts/')[1].split('"')[0]
        done = await officer.passkey("/authority/me", f"/authority/drafts/{action}", officer.key.get)
        assert done.status_code == 303, done.text
        assert "/authority/orders/" in done.headers["location"], (await officer.get("/authority")).text
        return str(done.headers["location"].rsplit("/", 1)[1])


@asynccontextmanager
async def in_a_browser(pools: Pools, clock: ManualClock, folder: Path) -> AsyncIterator[tuple[LegalWeb, str]]:
    """Serve the pages on loopback for as long as the block runs; gives them and their origin."""
    async with on_loopback(lambda origin: LegalWeb.over(pools, clock, folder, origin)) as (legal, origin):
        yield legal, origin


def _foundation(pools: Pools, clock: ManualClock, folder: Path) -> Foundation:
    bus = LocalBus()
    relay = Relay(pools.of("outbox"), Lease(pools.of("outbox"), "outbox"))
    settings = Settings(data_dir=folder, operator_country="DE")
    return Foundation(settings, clock, Supervisor(), pools, bus, EventHub(bus), relay, folder)


@pytest.fixture
async def mallory(pools: Pools, clock: ManualClock) -> int:
    """An account that held its username for a month."""
    since = clock.now() - timedelta(days=30)
    messenger = pools.of("messenger")
    await messenger.execute(
        "INSERT INTO messenger.accounts (account_id, first_name, username, created_at) VALUES ($1, $2, $3, $4)",
        MALLORY, "Mallory", "mallory", since,
    )  # fmt: skip
    await messenger.execute(
        "INSERT INTO messenger.username_periods (name, since, owner_kind, owner_id) VALUES ($1, $2, $3, $4)",
        "mallory", since, "user", MALLORY,
    )  # fmt: skip
    return MALLORY


@pytest.fixture
def legal(pools: Pools, clock: ManualClock, tmp_path: Path) -> LegalWeb:
    """The legal pages on a fresh database."""
    return LegalWeb.over(pools, clock, tmp_path)
