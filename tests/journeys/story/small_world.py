"""The story of a small world, played into a running server so that no page is empty.

It is the same story that the journeys test, by the same steps; what is added here is what stays open at its end:
a case that a moderator has begun, an order that is being examined, an appeal that has been answered.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

from playwright.async_api import Page
from telethon import TelegramClient
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.functions.channels import CreateChannelRequest
from telethon.tl.functions.channels import UpdateUsernameRequest as UpdateChannelUsernameRequest
from telethon.tl.functions.contacts import ResolveUsernameRequest
from telethon.tl.functions.messages import ReportRequest
from telethon.tl.types import ReportResultAddComment, ReportResultChooseOption

from parley.legal.translog.rules import Quarter
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.story import legal, messenger, orders
from tests.journeys.story.camera import Camera
from tests.journeys.story.legal import DAY, HOUR, Cast, Officer
from tests.journeys.story.messenger import MODERATORS, World
from tests.journeys.waiting import until
from tests.signed_pdf import Court

SELLER, SELLER_PHONE = "@mallory_deals", "+4915550000005"
SHOP, COINS = "Discreet Papers & More", "Mega Coin Club"
PROMISES = (
    "Send 0.1 BTC today and receive 0.3 BTC tomorrow, guaranteed by our trading robot!",
    "Only 20 places left: double your coins in 24 hours, no risk, ask our members.",
    "Your wallet needs verification, enter your seed phrase at our partner page to unlock the bonus.",
    "Thousands were paid out last night. Deposit now, withdraw at any time.",
)
PROSECUTOR = {
    "name": "Staatsanwaltschaft Musterburg",
    "country": "DE",
    "kind": "prosecutor",
    "level": "regional",
    "competence": ["national_court", "emergency"],
    "email_domains": "sta-musterburg.de",
    "callback_numbers": "+49 40 5550 200",
    "source_url": "https://www.justiz.example/staatsanwaltschaften/musterburg",
}
PROSECUTORS_OFFICER = {"name": "Prosecutor Lindner", "email": "lindner@sta-musterburg.de"}


async def play(server: RunningServer, court: Court, folder: Path, pictures: Path | None = None) -> None:
    """Play everything; ends with the clock in the quarter after the story."""
    camera = Camera(server.url, pictures)
    world, cast = World(server, folder), Cast(server, folder / "machines")
    try:
        await _people(world, cast)
        await camera.take("start", "/")
        await _channels(world, camera)
        await _step("a court's order, with two custodians", _disclosed(world, cast, court, camera))
        await _step("an order that is refused", _refused(cast, court))
        await _step("the end of the secrecy and of the quarter", _time_goes_by(cast))
        await camera.take("transparency", "/transparency")
        await _step("what stays open", _left_open(world, cast, court, camera))
    finally:
        await world.leave()
        await cast.close()


async def _people(world: World, cast: Cast) -> None:
    await _step("the operator's people", legal.assemble(cast))
    await messenger.staff_come_in(world, *((name, "moderator") for name in MODERATORS))
    await _step("three custodians", legal.enrol_custodians(cast))
    await _step("Alice, Bob, Carol and Dave", messenger.people_sign_up(world))
    await messenger.people_talk(world)


async def _channels(world: World, camera: Camera) -> None:
    await messenger.mallory_signs_up(world)
    await _step("a channel about the night sky", messenger.dave_publishes(world))
    await _step("a channel that sells what it may not", messenger.mallory_sells(world))
    await _step("reports", messenger.bob_reports(world))
    if camera.on:
        case = await _case_of(world, SHOP)
        await camera.take("case", case, MODERATORS[0], height=1500, prepare=_take_the_case, leave=_let_it_go)
    await _step("a decision", messenger.moderator_decides(world))
    await _step("an appeal", messenger.mallory_appeals(world))


async def _disclosed(world: World, cast: Cast, court: Court, camera: Camera) -> None:
    start, end = await _second_device(world, cast)
    roth = await legal.register(cast, orders.COURT_DE, orders.OFFICER_DE)
    await legal.pin_everybody(cast)
    now = await legal.clock(cast.house)
    stated = orders.court_order(SELLER, start, end, orders.gag_of_30_days(now))
    document = await court.sign("Amtsgericht Beispielstadt", "Order 12 Gs 34/26", f"Account {SELLER}")
    order = await legal.file_order(roth, stated, document)
    await legal.examine(cast, order, orders.ANSWERS_DE)
    await camera.take("order", f"/desk/orders/{order}", "Lea", height=1500, prepare=_open_two_checks)
    await legal.decide(cast, order, "disclose", orders.REASONS_DE)
    release = await legal.release_of(cast, order)
    await legal.sign_release(cast, release, "Lea")
    await legal.sign_release(cast, release, "Tom")
    await legal.later(cast, HOUR)
    await legal.open_release(cast)
    await legal.fetch_delivery(roth, order)
    await camera.take("portal", f"/authority/orders/{order}", roth.name)
    await legal.acknowledge(roth, order)


async def _second_device(world: World, cast: Cast) -> tuple[datetime, datetime]:
    """Mallory signs in once more; the hour of that is what the court asks about."""
    start = await legal.clock(cast.house, 60)
    device = await telethon_person.sign_in(world.server, SELLER_PHONE)
    await device.get_me()
    await device.disconnect()
    return start, await legal.later(cast, HOUR)


async def _refused(cast: Cast, court: Court) -> None:
    novik = await legal.register(cast, orders.POLICE_BY, orders.OFFICER_BY)
    now = await legal.clock(cast.house)
    stated = orders.insult_order(SELLER, datetime.fromtimestamp(now.timestamp() - HOUR, now.tzinfo), now)
    order = await legal.file_order(novik, stated, await court.sign("Resolution 17-4/882"))
    await legal.examine(cast, order, orders.ANSWERS_BY, orders.FAILED_BY)
    await legal.decide(cast, order, "refuse")
    await legal.confirm_refusal(cast, order)


async def _time_goes_by(cast: Cast) -> None:
    """The secrecy ends, the quarter too; officers of the quarter need a new word of a registrar and go home."""
    await legal.later(cast, HOUR)
    for officer in cast.officers:
        await officer.browser.close()
    cast.officers.clear()
    await legal.later(cast, 31 * DAY)
    now = await legal.later(cast, HOUR)  # the batch with the entry that Mallory has been told
    await legal.later(cast, (Quarter.of(now).end - now).total_seconds() + HOUR)


async def _left_open(world: World, cast: Cast, court: Court, camera: Camera) -> None:
    await _coins(world)
    lindner = await legal.register(cast, PROSECUTOR, PROSECUTORS_OFFICER)
    await _pending(cast, lindner, court)
    await camera.take("desk", "/desk/moderation", MODERATORS[0], height=900)


async def _coins(world: World) -> None:
    """A channel that promises too much, reported by Alice; nobody has decided yet."""
    trent = await telethon_person.sign_up(world.server, "+4915550000006", "Trent", "Thorne")
    await trent(UpdateUsernameRequest("trent_coins"))
    made = (await trent(CreateChannelRequest(COINS, "earn while you sleep", broadcast=True))).chats[0]
    await trent(UpdateChannelUsernameRequest(made, "mega_coin_club"))
    for text in PROMISES:
        await trent.send_message(made, text)
    found = await world.alice(ResolveUsernameRequest("mega_coin_club"))
    posts = await world.alice.get_messages(found.chats[0], limit=2)
    await _report(world.alice, found.chats[0], [post.id for post in posts])
    await trent.disconnect()


async def _report(person: TelegramClient, channel: Any, ids: list[int]) -> None:
    peer, option, comment = await person.get_input_entity(channel), b"", ""
    while True:
        step = await person(ReportRequest(peer, ids, option, comment))
        if isinstance(step, ReportResultAddComment):
            option, comment = step.option, "They ask for deposits and seed phrases."
        elif isinstance(step, ReportResultChooseOption):
            words = ("scam", "fraud", "phish")
            fitting = (o for o in step.options if any(word in o.text.lower() for word in words))
            option = next(fitting, step.options[0]).option
        else:
            return


async def _pending(cast: Cast, officer: Officer, court: Court) -> None:
    """An order whose checks one person has begun."""
    now = await legal.clock(cast.house)
    start = datetime.fromtimestamp(now.timestamp() - DAY, now.tzinfo)
    stated = orders.court_order("@dave_parley", start, now, orders.gag_of_30_days(now))
    stated |= {"authorisation_reference": "7110 Js 81/26", "offence": "Fraud, section 263 StGB"}
    order = await legal.file_order(officer, stated, await court.sign("Staatsanwaltschaft Musterburg"))
    await cast["Lea"].done(f"/desk/orders/{order}", f"/desk/orders/{order}/proposals")


async def _case_of(world: World, title: str) -> str:
    mona = await messenger.DeskPerson.enter(world.server, MODERATORS[0])

    async def found() -> str:
        for queue in messenger.links(await mona.read("/desk/moderation"), r"/desk/moderation/queues/[a-z_]+"):
            for path in messenger.links(await mona.read(queue), r"/desk/moderation/cases/[0-9a-f]{32}"):
                if title in unescape(await mona.read(path)):
                    return path
        return ""

    case = await until(found, what=f"the case of {title}")
    await mona.close()
    return case


async def _take_the_case(page: Page) -> None:
    await page.get_by_role("button", name="Take this case").click()
    await page.get_by_role("button", name="Show the content").click()
    await page.get_by_role("heading", name="Machine").wait_for()
    await page.evaluate("scrollTo(0, 0)")


async def _let_it_go(page: Page) -> None:
    await page.get_by_role("button", name="Let go").click()
    await page.get_by_role("status").wait_for()


async def _open_two_checks(page: Page) -> None:
    for check in ("A4", "B2a"):
        await page.locator(f"#check-{check} > summary").click()
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


async def _step(what: str, doing: Awaitable[object]) -> None:
    sys.stderr.write(f"demo: {what}\n")
    sys.stderr.flush()
    await doing
