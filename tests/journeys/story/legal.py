"""Steps 6 to 10 of the story, as functions that a journey test and a demonstration call alike.

Everything happens at the pages of the running server, with the real custodians' tools and real passkeys in
software; nothing reaches into the server's rooms.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import pyrage

from tests.journeys.server_process import parley
from tests.journeys.story.custodian_machine import Machine
from tests.journeys.story.visitor import Visitor, words

CUSTODIANS = ("Cora", "Jan", "Mei")
_CHECK = re.compile(r'<details id="check-(\w+)".*?</details>', re.DOTALL)
HOUR, DAY = 3600, 86400


class House(Protocol):
    """The running server, as `server_process.start` gives it."""

    data_dir: Path

    @property
    def url(self) -> str: ...


@dataclass
class Officer:
    """An officer of an authority: their browser with a passkey, and the key that deliveries are sealed to."""

    name: str
    browser: Visitor
    identity: pyrage.x25519.Identity


@dataclass
class Cast:
    """The operator's people, each with a browser of their own, and the custodians' machines."""

    house: House
    folder: Path
    staff: dict[str, Visitor] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    officers: list[Officer] = field(default_factory=list)

    def __getitem__(self, name: str) -> Visitor:
        return self.staff[name]

    async def close(self) -> None:
        """Close all browsers."""
        for browser in [*self.staff.values(), *(officer.browser for officer in self.officers)]:
            await browser.close()


async def clock(house: House, seconds: float = 0) -> datetime:
    """Move the server's clock ahead; gives its time. The batch, notices and quarters of that time are done then."""
    async with httpx.AsyncClient(base_url=house.url, timeout=120) as http:
        answer = await http.post("/dev/clock", json={"advance_s": seconds})
    assert answer.status_code == 200, answer.text
    return datetime.fromisoformat(answer.json()["now"])


# The operator's people


async def assemble(cast: Cast) -> None:
    """The operator lists an administrator, who lists the others; everybody enrols with a passkey."""
    house = cast.house
    code, said = await parley("staff", "add", "Ada", "--role", "admin", "--data-dir", str(house.data_dir))
    assert code == 0, said
    ada = cast.staff["Ada"] = Visitor(house.url)
    await _enrol(ada, said)
    for name, role in (("Rita", "registrar"), ("Otto", "registrar"), ("Lea", "legal"), ("Tom", "legal")):
        shown = await ada.submit("/desk/people", "/desk/people", {"name": name, "roles": [role]})
        assert shown.status_code == 200, words(shown.text)
        cast.staff[name] = Visitor(house.url)
        await _enrol(cast.staff[name], shown.text)


async def _enrol(browser: Visitor, said: str) -> None:
    found = re.search(r"/desk/enrol/[\w-]+", said)
    assert found, said
    page = found.group(0)
    done = await browser.passkey(page, page, new=True)
    assert done.status_code == 303, words(done.text)


async def later(cast: Cast, seconds: float) -> datetime:
    """Move the clock ahead; everybody comes back from the break and signs in again. Gives the server's time."""
    now = await clock(cast.house, seconds)
    for name, browser in cast.staff.items():
        await browser.sign_in_as(name)
    for officer in cast.officers:
        await officer.browser.sign_in_as(officer.name)
    return now


# The custodians


async def enrol_custodians(cast: Cast) -> None:
    """Three people enrol with the real tool on machines of their own; from now on addresses are kept, sealed."""
    for name in CUSTODIANS:
        shown = await cast["Ada"].submit("/desk/custodians", "/desk/custodians", {"name": name})
        token = re.search(r"--token (\w+)", shown.text)
        assert token, words(shown.text)
        home = cast.folder / name.lower()
        home.mkdir(mode=0o700, parents=True)
        machine = cast.machines[name] = Machine(name, home / "custodian.key")
        said = await machine.must("enrol", cast.house.url, "--token", token.group(1))
        assert f"Enrolled as {name}" in said


async def pin_everybody(cast: Cast) -> None:
    """Each custodian compares the fingerprints of people and of the others, which the desk's page shows too."""
    shown = words(await cast["Lea"].page("/desk/custodians"))
    for machine in cast.machines.values():
        said = await machine.must("pin")
        for label, fingerprint in re.findall(r"(.*)\n\s*((?:[0-9a-f]{4} ){7}[0-9a-f]{4})", said):
            listed = "REMOVE" not in label
            assert (fingerprint in shown) is listed, f"{machine.name} was asked: {label}, and the page says other"


async def enlist_witness(cast: Cast) -> None:
    """Somebody outside makes a witness's key, and the operator takes their cosignatures from now on."""
    code, vkey = await parley(
        "witness", "key", "--name", "witness.example/anna", "--key", str(cast.folder / "witness")
    )
    assert code == 0, vkey
    code, said = await parley("witness", "register", vkey.strip(), "--data-dir", str(cast.house.data_dir))
    assert code == 0, said


async def witness_cosigns(cast: Cast) -> None:
    """The witness looks at the log once, and cosigns what continues what it saw before."""
    key, state_file = str(cast.folder / "witness"), str(cast.folder / "witness.state")
    code, said = await parley("witness", "run", cast.house.url, "--key", key, "--state", state_file, "--once")
    assert code == 0, said


# Authorities and their officers


async def register(cast: Cast, entry: Mapping[str, Any], officer: Mapping[str, str]) -> Officer:
    """One registrar enters an authority, the other calls back and confirms, and an officer of it enrols."""
    link = await vouch(cast, entry, officer)
    enrolled = Officer(officer["name"], Visitor(cast.house.url), pyrage.x25519.Identity.generate())
    recipient = {"recipient": str(enrolled.identity.to_public())}
    done = await enrolled.browser.passkey(link, link, recipient, new=True)
    assert done.status_code == 303, words(done.text)
    cast.officers.append(enrolled)
    return enrolled


async def vouch(cast: Cast, entry: Mapping[str, Any], officer: Mapping[str, str]) -> str:
    """Two registrars enter an authority, and one vouches for an officer; gives the path of the one-time link."""
    rita, otto = cast["Rita"], cast["Otto"]
    made = await rita.submit("/desk/authorities/new", "/desk/authorities", dict(entry))
    assert made.status_code == 303, words(made.text)
    page = made.headers["location"]
    assert "another registrar confirms it" in words(await rita.page(page))
    assert "Two people now vouch" in await otto.done(page, f"{page}/confirm")
    vouched = await otto.submit(page, f"{page}/officers", dict(officer))
    link = re.search(r"/authority/enrol/[\w-]+", vouched.text)
    assert link, words(vouched.text)
    return link.group(0)


async def state(officer: Officer, stated: Mapping[str, Any], document: bytes) -> httpx.Response:
    """Send the filing form with its PDF; the answer shows what is to be signed, or what is wrong."""
    new = "/authority/orders/new"
    files = {"document": ("order.pdf", document, "application/pdf")}
    return await officer.browser.submit(new, new, dict(stated), files=files)


async def file_order(officer: Officer, stated: Mapping[str, Any], document: bytes) -> str:
    """File an order and sign it with the officer's passkey; gives its id."""
    shown = await state(officer, stated, document)
    assert shown.status_code == 200, words(shown.text)
    action = re.search(r'action="(/authority/drafts/\w+)"', shown.text)
    assert action, words(shown.text)
    done = await officer.browser.passkey("/authority/me", action.group(1))
    assert done.status_code == 303, words(done.text)
    order = re.fullmatch(r"/authority/orders/(\w+)", done.headers["location"])
    assert order, words(await officer.browser.page("/authority"))
    return order.group(1)


# Examining and deciding


async def examine(
    cast: Cast, order_id: str, answers: Mapping[str, str], failed: frozenset[str] = frozenset()
) -> str:
    """Lea takes the program's proposals and answers the rest with remarks; Tom confirms. Gives the page's words."""
    lea, tom, page = cast["Lea"], cast["Tom"], _desk(order_id)
    await lea.done(page, f"{page}/proposals")
    for check in unanswered(await lea.page(page)):
        answer = {"answer": "fail" if check in failed else "pass", "remark": answers[check]}
        assert f"{check} is answered" in await lea.done(page, f"{page}/checks/{check}", answer)
    return await tom.done(page, f"{page}/confirm-all")


def unanswered(page: str) -> list[str]:
    """The checks on an order's page that nobody has answered."""
    return [found.group(1) for found in _CHECK.finditer(page) if " answered <strong>" not in found.group(0)]


async def decide(cast: Cast, order_id: str, result: str, reasons: str = "") -> str:
    """Lea decides as the first person, with these reasons or with those drafted from the failed checks."""
    page = _desk(order_id)
    if not reasons:
        drafted = re.search(
            r'<textarea[^>]*name="reasons"[^>]*>(.*?)</textarea>', await cast["Lea"].page(page), re.S
        )
        assert drafted, "the page drafts reasons"
        reasons = html.unescape(drafted.group(1)).strip()
    said = await cast["Lea"].done(page, f"{page}/decide", {"result": result, "reasons": reasons})
    assert "Decided." in said
    return reasons


async def release_of(cast: Cast, order_id: str) -> str:
    """Where the release of a decided order is signed."""
    found = re.search(r'action="(/desk/orders/\w+/releases/\w+/sign)"', await cast["Lea"].page(_desk(order_id)))
    assert found, "a release waits for signatures"
    return found.group(1)


async def sign_release(cast: Cast, release: str, name: str) -> str:
    """A legal person signs a release with their passkey; gives what the page says then."""
    page = release.partition("/releases/")[0]
    done = await cast[name].passkey(page, release)
    assert done.status_code == 303, words(done.text)
    return words(await cast[name].page(done.headers["location"].partition("#")[0]))


def _desk(order_id: str) -> str:
    return f"/desk/orders/{order_id}"


async def confirm_refusal(cast: Cast, order_id: str) -> str:
    """Tom confirms Lea's refusal; gives what the page says then."""
    page = _desk(order_id)
    found = re.search(rf'action="({page}/decisions/\w+/confirm)"', await cast["Tom"].page(page))
    assert found, "a refusal waits for its confirmation"
    return await cast["Tom"].done(page, found.group(1))


# Opening and handing over


async def open_release(cast: Cast) -> None:
    """One custodian cosigns the log, two open on their own machines: dry run first, then each their own layer."""
    cora, jan = cast.machines["Cora"], cast.machines["Jan"]
    await jan.must("cosign")
    assert "nothing was opened" in await cora.must("open", "--dry-run")
    assert "another custodian can go on" in await cora.must("open")
    assert "sealed and uploaded" in await jan.must("open")


async def fetch_delivery(officer: Officer, order_id: str) -> bytes:
    """The officer downloads the sealed file of an order in the portal."""
    page = f"/authority/orders/{order_id}"
    found = re.search(r'action="(/authority/deliveries/\w+/download)"', await officer.browser.page(page))
    assert found, "a delivery waits"
    answer = await officer.browser.submit(page, found.group(1))
    assert answer.status_code == 200, words(answer.text)
    return answer.content


async def acknowledge(officer: Officer, order_id: str) -> str:
    """The officer says that the delivery was opened; the server wipes its copy."""
    page = f"/authority/orders/{order_id}"
    found = re.search(r'action="(/authority/deliveries/\w+/acknowledge)"', await officer.browser.page(page))
    assert found, "a downloaded delivery can be acknowledged"
    return await officer.browser.done(page, found.group(1), {"status": "received"})


# What anybody can check


async def report(cast: Cast, quarter: str) -> str:
    """The operator writes a quarter's report on the command line, as JSON."""
    data_dir = str(cast.house.data_dir)
    code, said = await parley("report", "--quarter", quarter, "--format", "json", "--data-dir", data_dir)
    assert code == 0, said
    return said


async def verify_log(cast: Cast, name: str, *, receipt: Path | None = None) -> tuple[int, str]:
    """A stranger verifies the public log with `parley log verify`, and a receipt with it."""
    more = ["--receipt", str(receipt)] if receipt else []
    return await parley("log", "verify", cast.house.url, "--state", str(cast.folder / f"{name}.state"), *more)
