"""A small legal world for tests: a vault, the public log, people with passkeys, and a server for custodians' tools.

A test directory gets the fixtures by `from tests.legal_world import *` in its `conftest.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
import pytest
import uvicorn
from starlette.applications import Starlette

from parley.app.custodian import command, keyfile
from parley.app.custodian.keyfile import Keys
from parley.app.custodian.state import State, StateFile
from parley.app.custodian.tool import Tool
from parley.core.clock import ManualClock
from parley.core.ids import AccountId, DecisionId, OfficerId, OrderId, StaffId, TaskId, new_id
from parley.legal.disclosure import rules
from parley.legal.disclosure.door import CustodianDoor
from parley.legal.disclosure.handover import Handover
from parley.legal.disclosure.model import (
    Field,
    NewRelease,
    PasskeyHolder,
    PasskeySignature,
    Release,
    ReleaseRequest,
)
from parley.legal.disclosure.opening_steps import OpeningSteps
from parley.legal.disclosure.service import Releases, Site
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.service import APPEND_TOPIC, Translog
from parley.legal.vault import rules as vault_rules
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.sealer import Sealer
from parley.legal.vault.service import Vault
from parley.storage.pools import Pools
from parley.web import custodian_api
from parley.web.public import translog as log_pages
from tests.authenticator import Authenticator

__all__ = ["world"]

SITE = Site("https://chat.example", "chat.example")
MALLORY, ALICE = AccountId(2222222222), AccountId(1111111111)
PHONE = "+4915550000042"
ORDER = {
    "instrument": "national_court",
    "authorisation_reference": "12 Gs 34/26",
    "legal_basis": "section 100k StPO",
    "offence": "sale of forged papers, section 267 StGB",
    "identifier": "@mallory",
    "person_role": "suspect",
    "fields": ["phone", "ip", "port", "ip_time"],
    "start": "2026-11-01T09:00:00Z",
    "end": "2026-11-02T09:00:00Z",
    "facts": "",
    "gag": {"judge": "Judge Adler", "legal_basis": "section 101 StPO", "until": "2026-12-02T09:00:00Z"},
}
PASSPHRASE = "correct horse battery staple"
CHEAP = 2**10


@dataclass
class Somebody:
    """A person of the operator or an authority with one passkey."""

    person: str
    name: str
    key: Authenticator

    @property
    def holder(self) -> PasskeyHolder:
        return PasskeyHolder(self.person, self.name, self.key.credential_id, self.key.public_key)

    def signs(self, challenge: bytes) -> PasskeySignature:
        return PasskeySignature(self.person, self.key.credential_id, self.key.sign(challenge))


def somebody(person: str, name: str, *, eddsa: bool = False) -> Somebody:
    return Somebody(person, name, Authenticator(SITE.rp_id, SITE.origin, eddsa=eddsa))


@dataclass
class Screen:
    """A terminal that remembers what was said; it says yes unless told otherwise."""

    passphrase: str = PASSPHRASE
    yes: bool = True
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)

    def confirm(self, question: str) -> bool:
        self.lines.append(question)
        return self.yes

    def secret(self, prompt: str) -> str:
        return self.passphrase

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Machine:
    """A custodian's own machine."""

    clock: ManualClock
    name: str
    key_file: Path
    screen: Screen = field(default_factory=Screen)

    async def run(self, *arguments: str) -> int:
        """Run `parley custodian …` and give its exit code; `screen.text` has what it said."""
        self.screen.lines.clear()
        parser = ArgumentParser()
        command.configure(parser)
        parsed = parser.parse_args([*arguments, "--key-file", str(self.key_file)])
        tool = Tool(self.key_file, self.screen, self.clock, CHEAP)
        return await asyncio.to_thread(command.carry_out, tool, parsed)

    @property
    def keys(self) -> Keys:
        return keyfile.load(self.key_file, self.screen.passphrase)

    def change(self, **pins: object) -> None:
        """Change what is pinned."""
        keys = self.keys
        keyfile.save(self.key_file, replace(keys, pins=replace(keys.pins, **pins)), self.screen.passphrase, CHEAP)

    @property
    def state(self) -> State:
        return StateFile.beside(self.key_file).load()


class World:
    """Everything that a release needs, with the steps of its story as methods."""

    def __init__(self, pools: Pools, clock: ManualClock, folder: Path) -> None:
        self.pools, self.clock, self.folder = pools, clock, folder
        self.lea, self.tom = somebody("staff-lea", "Lea"), somebody("staff-tom", "Tom", eddsa=True)
        self.officer = somebody("officer-1", "Inspector Roth, Court of Example")
        self.identity = pyrage.x25519.Identity.generate()
        self.erasure = ErasureKeys(folder / "erasure")
        self.sealer = Sealer(pools.of("seal"), self.erasure)
        self.witnesses = Witnesses(pools.of("log"), clock)
        legal = pools.of("legal")
        self.vault = Vault(legal, self.erasure, clock, sealers=[self.sealer])
        self.log = Translog(pools.of("log"), clock, folder / "log", "chat.example/log")
        self.reader = LogReader(pools.of("log"))
        self.delivery_key = DeliveryKey.load_or_make(folder / "secrets" / "delivery.key")
        self.releases = Releases(legal, clock, self, SITE)
        self.steps = OpeningSteps(self.vault, clock, self.reader, self, self.delivery_key)
        self.handover = Handover(legal, clock)
        self.door = CustodianDoor(self.vault, self.steps, clock, self, self, SITE, self.delivery_key)
        self.order = json.dumps(ORDER).encode()
        self.url = ""

    async def phone_of(self, account_id: AccountId, reason_id: str) -> str | None:
        return PHONE if account_id == MALLORY else None

    async def deciders(self) -> list[PasskeyHolder]:
        return [self.lea.holder, self.tom.holder]

    async def officers(self) -> list[PasskeyHolder]:
        return [self.officer.holder]

    async def log_key(self) -> str:
        return await self.reader.vkey()

    async def witness_keys(self) -> list[str]:
        return [witness.vkey for witness in await self.witnesses.all()]

    def app(self) -> Starlette:
        quarterly = Quarterly(self.pools.of("log"), self.clock)
        parts = (custodian_api.part(self.door), log_pages.part(self.reader, self.witnesses, quarterly))
        return Starlette(routes=[route for part in parts for route in part.routes])

    async def enrol(self, name: str) -> Machine:
        """Enrol a custodian with the real tool."""
        token = (await self.vault.issue_token(name, "staff:root")).token
        home = self.folder / name
        home.mkdir(mode=0o700)
        machine = Machine(self.clock, name, home / "key")
        assert await machine.run("enrol", self.url, "--token", token) == 0, machine.screen.text
        return machine

    async def custodians(self, *names: str) -> list[Machine]:
        """Enrol several custodians who then pin each other."""
        machines = [await self.enrol(name) for name in names]
        for machine in machines:
            assert await machine.run("pin") == 0, machine.screen.text
        return machines

    async def seen(self, ip: str, port: int, account: AccountId = MALLORY, at: datetime | None = None) -> None:
        """Mallory (or somebody else) connects from an address."""
        await self.sealer.seal(account, ip, port, at or self.clock.now())
        await self.sealer.flush()

    def request(self, **changed: object) -> ReleaseRequest:
        """A request for the last hour of Mallory's addresses."""
        end = self.clock.now()
        start = end - timedelta(hours=1)
        request = ReleaseRequest(
            nonce=rules.new_nonce(),
            order_sha256=hashlib.sha256(self.order).hexdigest(),
            account=MALLORY,
            days=vault_rules.days_of(start, end),
            start=start,
            end=end,
            fields=tuple(Field),
            recipient_key=str(self.identity.to_public()),
            decision_id=DecisionId(new_id()),
        )
        return replace(request, **changed)  # type: ignore[arg-type]

    def new_release(self, request: ReleaseRequest) -> NewRelease:
        challenge = rules.filing_challenge(request.order_sha256, request.recipient_key)
        return NewRelease(
            request, OrderId("order-1"), TaskId(new_id()), self.order, OfficerId(self.officer.person),
            self.officer.signs(challenge),
            Opening(Stage.DECIDED, "ref1", "DE", "national_court", result="disclose"), StaffId("staff-lea"),
        )  # fmt: skip

    async def decided(self, request: ReleaseRequest | None = None) -> Release:
        """File, prepare and sign a release by two people; the entry waits for its batch."""
        release = await self.releases.prepare(self.new_release(request or self.request()), "staff:Lea")
        for person in (self.lea, self.tom):
            challenge = await self.releases.challenge(release.release_id)
            await self.releases.approve(
                release.release_id, StaffId(person.person), person.key.sign(challenge), f"staff:{person.name}"
            )
        return await self.releases.get(release.release_id)

    async def logged(self, request: ReleaseRequest | None = None) -> Release:
        """The same, and an hour later the batch of the log has come."""
        release = await self.decided(request)
        await self.next_batch()
        return release

    async def asked_for(self) -> Release:
        """One address of Mallory's was sealed, and a release of it is decided and in the log."""
        await self.seen("198.51.100.9", 52000)
        self.clock.advance(60)
        return await self.logged()

    async def next_batch(self) -> None:
        """Carry the outbox to the log and let the next hour's batch be written."""
        outbox = self.pools.of("outbox")
        for row in await outbox.fetch("SELECT item_id, topic, payload FROM outbox.items ORDER BY item_id"):
            if row["topic"] == APPEND_TOPIC:
                await self.log.take(row["topic"], row["payload"])
                await outbox.execute("DELETE FROM outbox.items WHERE item_id = $1", row["item_id"])
        self.clock.advance(3600)
        assert await self.log.write_due() is not None

    async def audited(self) -> list[str]:
        """The actions of the audit trail, oldest first."""
        rows = await self.pools.of("legal").fetch("SELECT action FROM audit.entries ORDER BY seq")
        return [row["action"] for row in rows]


class _Keys:
    """The log's keys, as the door asks for them."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def log_key(self) -> str:
        return await self._world.reader.vkey()

    async def witnesses(self) -> list[str]:
        return await self._world.witness_keys()


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """Serve an application on loopback, so that custodians' tools can call it; gives its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving
    listener.close()


@pytest.fixture
async def world(pools: Pools, clock: ManualClock, tmp_path: Path) -> AsyncIterator[World]:
    """A legal world with a server on loopback that custodians' tools can call."""
    made = World(pools, clock, tmp_path)
    made.door = CustodianDoor(made.vault, made.steps, clock, made, _Keys(made), SITE, made.delivery_key)
    await made.log.open()
    async with served(made.app()) as made.url:
        yield made
