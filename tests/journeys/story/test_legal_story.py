"""A court gets exactly one number and one hour of addresses, the person hears of it, and everybody can check it.

The same story holds what must not work: nothing of it opens anything, and all of it is on the record.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from telethon import TelegramClient
from telethon.tl.functions.account import UpdateUsernameRequest

from parley.legal.translog.rules import Quarter
from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.story import legal, orders, pictures
from tests.journeys.story.legal import DAY, HOUR, Cast, Officer
from tests.journeys.story.visitor import Visitor, words
from tests.journeys.waiting import until
from tests.signed_pdf import Court, court, unsigned

MALLORY, PHONE = "@mallory_shop", "+4915550000042"
OFFER = "fresh passports and white powder, price list on request"
SERVICE = 777000


@dataclass(frozen=True)
class Signers:
    """Who signs the documents of the story; the operator trusts the roots of both from the start."""

    court: Court
    police: Court


@pytest.fixture
def signers(tmp_path: Path) -> Signers:
    """The court and the police force, with their roots in the server's folder."""
    return trusted_signers(tmp_path / "data")


def trusted_signers(data_dir: Path) -> Signers:
    """Make the court and the police force, and put their roots into the folder of a server that has not begun."""
    made = Signers(court(), court("District Police of Example Rajon"))
    roots = data_dir / "legal" / "roots"
    roots.mkdir(parents=True)
    (roots / "court.pem").write_bytes(made.court.root_pem)
    (roots / "police.pem").write_bytes(made.police.root_pem)
    return made


@pytest.fixture
async def house(signers: Signers, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server that trusts the court's root; its log is checked to hold no incident."""
    async with server_process.running(tmp_path / "data") as server:
        yield server
    log = server.log.read_text()
    assert "Traceback" not in log, log[-8000:]
    for secret in (PHONE, PHONE[1:], OFFER, "127.0.0.1:5", "Mallory"):
        assert secret not in log


class Mallory:
    """The person whom the order is about, with Telethon on two devices."""

    def __init__(self, first: TelegramClient, second: TelegramClient, start: datetime, end: datetime) -> None:
        self.first, self.second, self.start, self.end = first, second, start, end

    @classmethod
    async def arrives(cls, cast: Cast, house: RunningServer) -> Mallory:
        """Sign up, sell, and sign in on a second device a little later; the hour of that is what is asked for."""
        return await cls.comes_back(cast, house, await cls.comes(house))

    @staticmethod
    async def comes(house: RunningServer) -> TelegramClient:
        """Sign up, take a name, and write something that nobody else shall ever read."""
        first = await telethon_person.sign_up(house, PHONE, "Mallory")
        await first(UpdateUsernameRequest(MALLORY[1:]))
        await first.send_message("me", OFFER)
        return first

    @classmethod
    async def comes_back(cls, cast: Cast, house: RunningServer, first: TelegramClient) -> Mallory:
        """Sign in on a second device."""
        start = await legal.clock(house, 60)
        second = await telethon_person.sign_in(house, PHONE)
        await second.get_me()
        return cls(first, second, start, await legal.later(cast, HOUR))

    async def letters(self) -> list[str]:
        """What the service account wrote, oldest first."""
        found = await self.first.get_messages(SERVICE, limit=100)
        return [message.message for message in reversed(found)]

    async def leave(self) -> None:
        """Disconnect both devices."""
        await self.first.disconnect()
        await self.second.disconnect()


def port_of(client: TelegramClient) -> int:
    """The local port of a client's connection, as the server sees it."""
    port: int = client._sender._connection._writer.get_extra_info("sockname")[1]
    return port


async def audited(house: RunningServer) -> list[tuple[str, str]]:
    """Actor and action of everything in the audit trail."""
    target = running(house.data_dir)
    assert target is not None
    pools = Pools(target)
    try:
        rows = await pools.of("legal").fetch("SELECT actor, action FROM audit.entries ORDER BY seq")
    finally:
        await pools.close()
    return [(row["actor"], row["action"]) for row in rows]


@pytest.mark.timeout(600)
async def test_an_order_from_enrolment_to_the_quarterly_report(
    house: RunningServer, signers: Signers, tmp_path: Path
) -> None:
    async with AsyncExitStack() as leaving:
        await _story(house, signers, tmp_path, leaving)


async def _story(house: RunningServer, signers: Signers, tmp_path: Path, leaving: AsyncExitStack) -> None:
    cast = Cast(house, tmp_path / "machines")
    leaving.push_async_callback(cast.close)
    await legal.assemble(cast)
    assert "two custodians" in words(await cast["Ada"].page("/"))
    await legal.enrol_custodians(cast)
    mallory = await Mallory.arrives(cast, house)
    leaving.push_async_callback(mallory.leave)
    await from_order_to_report(cast, mallory, signers, tmp_path)


async def from_order_to_report(cast: Cast, mallory: Mallory, signers: Signers, tmp_path: Path) -> None:
    """Steps 6 to 10, with everything that must not work on the way."""
    house = cast.house
    assert isinstance(house, RunningServer)
    roth = await legal.register(cast, orders.COURT_DE, orders.OFFICER_DE)
    await legal.enlist_witness(cast)
    await legal.pin_everybody(cast)
    order = await _filed(cast, roth, mallory, signers)
    await _decided(cast, order)
    await pictures.take(house, "desk-order", f"/desk/orders/{order}", "Lea")
    await _opened(cast, roth, order)
    await pictures.take(house, "portal-order", f"/authority/orders/{order}", roth.name)
    await handed_over(house, roth, order, mallory)
    await _refused(cast, mallory, signers)
    assert not [receipt for receipt in receipts(await mallory.letters()) if receipt["opening"]["country"] == "DE"]
    code, said = await legal.verify_log(cast, "stranger")
    assert code == 0, said
    await _told(cast, mallory, tmp_path)
    await _reported(cast, mallory)
    await pictures.take(house, "transparency", "/transparency")
    await _expired(cast, roth)
    code, said = await legal.verify_log(cast, "stranger")
    assert code == 0, said


async def _filed(cast: Cast, roth: Officer, mallory: Mallory, signers: Signers) -> str:
    """Orders without a whole signature are not taken; the court's is."""
    now = await legal.clock(cast.house)
    stated = orders.court_order(MALLORY, mallory.start, mallory.end, orders.gag_of_30_days(now))
    lines = ("Amtsgericht Beispielstadt", "Order 12 Gs 34/26", f"Account {MALLORY}: number and addresses")
    for document, complaint in (
        (unsigned(*lines), "carries no signature"),
        (b"%PDF-1.7 " + os.urandom(4000), "signed PDF"),
        (b"PK\x03\x04 no document at all", "PDF"),
    ):
        answer = await legal.state(roth, stated, document)
        assert answer.status_code == 422, words(answer.text)
        assert complaint in words(answer.text)
    everybody = await legal.state(roth, stated | {"identifier": "@mallory_shop, @alice"}, unsigned(*lines))
    assert "exactly one account" in words(everybody.text)
    refused = [action for actor, action in await audited(cast.house) if action == "order.not_taken"]
    assert len(refused) == 4
    assert "No orders yet" in words(await roth.browser.page("/authority"))
    return await legal.file_order(roth, stated, await signers.court.sign(*lines))


async def _decided(cast: Cast, order: str) -> None:
    """Two people answer, confirm, decide and sign; nobody counts twice."""
    said = await legal.examine(cast, order, orders.ANSWERS_DE)
    assert "may be disclosed" in said
    assert OFFER not in said
    await legal.decide(cast, order, "disclose", orders.REASONS_DE)
    release = await legal.release_of(cast, order)
    assert "Signatures 1 of 2" in await legal.sign_release(cast, release, "Lea")
    assert "Signatures 1 of 2" in await legal.sign_release(cast, release, "Lea")
    assert ("staff:Lea", "release.signature_refused") in await audited(cast.house)
    assert "waits for the log" in await legal.sign_release(cast, release, "Tom")


async def _opened(cast: Cast, roth: Officer, order: str) -> None:
    """Nothing opens before the log's batch, without a cosignature, with a wrong passphrase, or by one person."""
    cora, jan = cast.machines["Cora"], cast.machines["Jan"]
    assert await cora.run("open") == 5, cora.said
    await legal.later(cast, HOUR)
    assert await cora.run("open") == 5, cora.said
    assert "nobody outside the server" in cora.said
    assert await cora.with_passphrase("a wrong passphrase", "open") == 3, cora.said
    await legal.witness_cosigns(cast)
    assert await cora.run("open", "--dry-run") == 0, cora.said
    for shown in (
        "the phone number, IP addresses, source ports and times",
        "Inspector Roth",
        "Lea",
        "Tom",
        "witness.example/anna",
    ):
        assert shown in cora.said
    await cora.must("open")
    assert "another custodian can go on" in cora.said
    await cora.must("open")
    assert "your part is done" in cora.said
    assert "Delivery" not in words(await roth.browser.page(f"/authority/orders/{order}"))
    await jan.must("open")
    assert "sealed and uploaded" in jan.said
    assert await jan.run("open") == 0
    assert "No release waits" in jan.said


async def handed_over(house: RunningServer, roth: Officer, order: str, mallory: Mallory) -> None:
    """The officer alone can read the delivery, and there is in it what was decided and nothing else."""
    sealed = await legal.fetch_delivery(roth, order)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])
    with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(sealed, [roth.identity]))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    assert set(files) == {"data.json", "data.csv", "manifest.json", "manifest.sig"}
    key = load_pem_public_key((await roth.browser.http.get("/authority/delivery-key.pem")).content)
    key.verify(files["manifest.sig"], files["manifest.json"])  # type: ignore[union-attr, call-arg]
    data = json.loads(files["data.json"])
    assert data["phone"] == PHONE
    seen = {(row["ip"], row["port"]) for row in data["addresses"]}
    assert ("127.0.0.1", port_of(mallory.second)) in seen
    assert ("127.0.0.1", port_of(mallory.first)) not in seen
    for row in data["addresses"]:
        assert mallory.start <= datetime.fromisoformat(row["time_utc"]) <= mallory.end
    assert not any(word.encode() in content for content in files.values() for word in (OFFER, "passports"))
    assert "wiped" in await legal.acknowledge(roth, order)


async def _refused(cast: Cast, mallory: Mallory, signers: Signers) -> None:
    """An order of a police force about an insult, from a country without a direct channel: reasons, no data."""
    novik = await legal.register(cast, orders.POLICE_BY, orders.OFFICER_BY)
    stated = orders.insult_order(MALLORY, mallory.start, mallory.end)
    order = await legal.file_order(novik, stated, await signers.police.sign("Resolution 17-4/882"))
    said = await legal.examine(cast, order, orders.ANSWERS_BY, orders.FAILED_BY)
    assert "may not be disclosed" in said
    refusal = {"result": "disclose", "reasons": "We would like to help all the same."}
    answer = await cast["Lea"].submit(f"/desk/orders/{order}", f"/desk/orders/{order}/decide", refusal)
    assert answer.status_code == 422
    assert "these checks forbid a disclosure" in words(answer.text)
    reasons = await legal.decide(cast, order, "refuse")
    for ground in ("D1:", "D3:", "mutual legal assistance"):
        assert ground in reasons
    await pictures.take(cast.house, "desk-order-refused", f"/desk/orders/{order}", "Tom")
    assert "is a person" not in await legal.confirm_refusal(cast, order)
    told = words(await novik.browser.page(f"/authority/orders/{order}"))
    assert "D3:" in told
    assert "Delivery" not in told
    await legal.later(cast, HOUR)
    letters = await until(mallory.letters, lambda found: receipts(found), what="the notice of the attempt")
    assert receipts(letters)[-1]["opening"]["country"] == "BY"
    for machine in cast.machines.values():
        await machine.must("open")
        assert "No release waits" in machine.said


async def _told(cast: Cast, mallory: Mallory, folder: Path) -> None:
    """When the secrecy has ended, Mallory hears of it from the service account, with a receipt that verifies."""
    await legal.later(cast, 31 * DAY)
    letters = await until(mallory.letters, lambda found: len(receipts(found)) > 1, what="the notice")
    given = receipts(letters)[-1]
    assert given["opening"]["country"] == "DE"
    receipt = folder / "receipt.json"
    receipt.write_text(json.dumps(given))
    code, said = await legal.verify_log(cast, "mallory", receipt=receipt)
    assert code == 0, said
    assert "phone" in said
    receipt.write_text(json.dumps(given).replace('"DE"', '"FR"'))
    code, said = await legal.verify_log(cast, "mallory", receipt=receipt)
    assert code == 1, said
    await legal.later(cast, HOUR)


def receipts(letters: list[str]) -> list[dict[str, Any]]:
    """The receipts in a chat, oldest first: each begins with its name, and may still be coming in several parts."""
    found = []
    for place, text in enumerate(letters):
        if text.startswith("receipt.json"):
            whole = "".join(letters[place:])
            with suppress(json.JSONDecodeError):
                found.append(json.JSONDecoder().raw_decode(whole[whole.index("{") :])[0])
    return found


async def _reported(cast: Cast, mallory: Mallory) -> None:
    """After the quarter the page, its files, the command line and @transparency tell of both orders."""
    house = cast.house
    now = await legal.clock(house)
    ended = Quarter.of(now)
    await legal.clock(house, (ended.end - now).total_seconds() + HOUR)
    visitor = Visitor(house.url)
    page = await visitor.page("/transparency")
    assert "<svg" in page
    rows: list[dict[str, Any]] = []
    for quarter in _quarters(await visitor.http.get("/transparency/log/openings.json")):
        shown = json.loads((await visitor.http.get(f"/transparency/reports/{quarter}.json")).text)
        assert json.loads(await legal.report(cast, quarter)) == shown
        rows += shown["rows"]
        lines = (await visitor.http.get(f"/transparency/reports/{quarter}.csv")).text
        assert lines.startswith("period,country,")
    german = [row for row in rows if row["country"] == "DE"]
    assert sum(row["received"] for row in german) == 1
    assert sum(row["fulfilled_full"] for row in german) == 1
    assert sum(row["phone_disclosed"] for row in german) == sum(row["ip_disclosed"] for row in german) == 1
    assert sum(row["notified_after"] for row in german) == 1
    other = [row for row in rows if row["country"] == "BY"]
    assert sum(row["refused"] for row in other) == 1
    assert sum(row["users_affected"] for row in other) == 0
    for name in ("Germany", "Belarus"):
        assert name in words(page)
    await visitor.close()
    await mallory.first.send_message("transparency", "Belarus")
    answers = await until(
        lambda: mallory.first.get_messages("transparency", limit=5),
        lambda found: any(not message.out for message in found),
        what="an answer of @transparency",
    )
    assert "Belarus" in next(message.message for message in answers if not message.out)


def _quarters(answer: Any) -> list[str]:
    return [item["quarter"] for item in answer.json()["quarters"]]


async def _expired(cast: Cast, roth: Officer) -> None:
    """After 90 days without a new word of a registrar, an officer is outside."""
    await legal.clock(cast.house, 91 * DAY)
    page = await roth.browser.http.get("/authority/orders/new")
    assert page.status_code == 303
    answer = await roth.browser.passkey("/authority/sign-in", "/authority/sign-in")
    assert answer.status_code == 422
    assert "expired" in words(answer.text)
    assert any("refuse" in action for _, action in await audited(cast.house))
