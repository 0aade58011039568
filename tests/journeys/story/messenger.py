"""The first half of the story: people meet, publish, find, report; a moderator decides and is appealed against.

Each step is a function of the world, so that the journey test and the demonstration play the same story.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from functools import partial
from operator import eq, le
from pathlib import Path
from typing import Any

from pyrogram import raw
from pyrogram.enums import ChatAction
from telethon import TelegramClient, events
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.functions.channels import CreateChannelRequest, JoinChannelRequest
from telethon.tl.functions.channels import UpdateUsernameRequest as UpdateChannelUsernameRequest
from telethon.tl.functions.contacts import SearchRequest
from telethon.tl.functions.messages import GetMessagesViewsRequest

from tests.journeys.people import kurigram_person, mtcute_person, telethon_person
from tests.journeys.people.desk_person import DeskPerson, links
from tests.journeys.people.kurigram_person import Person
from tests.journeys.server_process import RunningServer, parley
from tests.journeys.story.market import NEWS, OFFERS
from tests.journeys.waiting import heard, until

MODERATORS = ("Mona", "Max")
MISSED = 12


@dataclass
class World:
    """The people of the story and where they are."""

    server: RunningServer
    folder: Path
    alice: TelegramClient = None  # type: ignore[assignment]
    bob: Person = None  # type: ignore[assignment]
    carol: mtcute_person.Person | None = None
    dave: TelegramClient = None  # type: ignore[assignment]
    mallory: TelegramClient = None  # type: ignore[assignment]
    news: Any = None
    market: Any = None
    case: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    async def leave(self) -> None:
        """Everybody goes home."""
        for person in (self.alice, self.dave, self.mallory):
            if person is not None:
                await person.disconnect()
        if self.bob is not None:
            await self.bob.stop()
        if self.carol is not None:
            await self.carol.close()


async def people_sign_up(world: World) -> None:
    """Step 2: everybody signs up with their own client, accepts the terms and takes a name."""
    server = world.server
    world.alice = await telethon_person.sign_up(server, "+4915550000001", "Alice", "Adams")
    await world.alice(UpdateUsernameRequest("alice_parley"))
    world.bob = await kurigram_person.sign_up(server, world.folder, "+4915550000002", "Bob", "Baker")
    await world.bob.set_username("bob_parley")
    world.dave = await telethon_person.sign_up(server, "+4915550000004", "Dave", "Dunn")
    await world.dave(UpdateUsernameRequest("dave_parley"))
    if mtcute_person.missing() is None:
        world.carol = await mtcute_person.sign_up(server, "+4915550000003", "Carol", "Clark")
        await world.carol.call("account.updateUsername", username="carol_parley")


async def mallory_signs_up(world: World) -> None:
    """Mallory signs up; with two custodians enrolled, the address of the sign-in is sealed."""
    world.mallory = await telethon_person.sign_up(world.server, "+4915550000005", "Mallory")
    await world.mallory(UpdateUsernameRequest("mallory_deals"))


async def people_talk(world: World) -> None:
    """Step 2, continued: typing, a reply, an edit, read marks, a deletion, and a third kind of client."""
    typing: asyncio.Queue[Any] = asyncio.Queue()
    world.alice.add_event_handler(typing.put, events.UserUpdate(chats=world.bob.me.id))
    read = kurigram_person.read_marks(world.bob)
    await world.bob.send_chat_action("alice_parley", ChatAction.TYPING)
    assert (await heard(typing)).typing
    world.alice.remove_event_handler(typing.put)

    await world.bob.send_message("alice_parley", "Hi Alice, kurigram here.")
    got = await until(lambda: world.alice.get_messages("bob_parley", limit=1), lambda found: bool(found))
    answer = await got[0].reply("Hello Bob, this is Telethon.")
    await answer.edit("Hello Bob, this is Telethon 1.45.")
    edited = "Hello Bob, this is Telethon 1.45."
    await until(lambda: _last_from(world.bob, "alice_parley"), partial(eq, edited), what="the edit")
    await world.alice.send_read_acknowledge("bob_parley")
    assert await heard(read) > 0, "Bob sees that Alice has read his message"

    slip = await world.alice.send_message("bob_parley", "This was for somebody else.")
    await until(lambda: _last_from(world.bob, "alice_parley"), partial(eq, slip.message), what="the slip")
    await slip.delete(revoke=True)
    await until(lambda: _last_from(world.bob, "alice_parley"), partial(eq, edited), what="the deletion for both")
    if world.carol is not None:
        await world.carol.do("send", to="alice_parley", text="And mtcute says hello to you both.")
        await until(
            lambda: world.alice.get_messages("carol_parley", limit=1),
            lambda found: bool(found) and found[0].message.startswith("And mtcute"),
        )


async def alice_catches_up(world: World) -> None:
    """Step 2, at its end: what was written while Alice was offline comes by the difference, once and in order."""
    caught: list[str] = []

    async def catch(event: Any) -> None:
        caught.append(event.message.message)

    world.alice.add_event_handler(catch, events.NewMessage(incoming=True, from_users=world.bob.me.id))
    await world.alice.disconnect()
    wanted = [f"While you were away, number {number}." for number in range(MISSED)]
    for text in wanted:
        await world.bob.send_message("alice_parley", text)
    await world.alice.connect()
    await world.alice.get_me()
    await world.alice.catch_up()
    await until(lambda: len(caught), partial(le, MISSED), what="what Alice missed")
    assert caught == wanted
    world.alice.remove_event_handler(catch)
    found = await world.alice.get_messages("bob_parley", limit=MISSED)
    assert [message.message for message in reversed(found)] == wanted


async def dave_publishes(world: World) -> None:
    """Step 3: a public channel that Alice finds by a misspelt name, joins and reads."""
    world.news = await _channel(world.dave, "Astronomy Daily", "news of the night sky", "astronomy_daily")
    for text in NEWS:
        await world.dave.send_message(world.news, text)
    found = await until(
        lambda: world.alice(SearchRequest("astronmy daly", 10)),
        lambda result: any(chat.username == "astronomy_daily" for chat in result.chats),
        what="the misspelt search",
    )
    channel = next(chat for chat in found.chats if chat.username == "astronomy_daily")
    await world.alice(JoinChannelRequest(channel))
    posts = await world.alice.get_messages(channel, limit=10)
    assert [post.message for post in posts if post.message] == list(reversed(NEWS))
    views = await world.alice(GetMessagesViewsRequest(channel, [post.id for post in posts], increment=True))
    assert max(view.views or 0 for view in views.views) >= 1


async def mallory_sells(world: World) -> None:
    """Step 3, continued: a public channel with twenty offers, which search shows."""
    title, about = "Discreet Papers & More", "papers and party supplies"
    world.market = await _channel(world.mallory, title, about, "papers_shop")
    for offer in OFFERS:
        await world.mallory.send_message(world.market, offer)
    await until(lambda: search_finds(world, "discreet papers"), what="Mallory's channel in search")


async def bob_reports(world: World) -> None:
    """Step 4: one post by the report menu, the search term to @SearchReport."""
    found = await world.bob.invoke(raw.functions.contacts.Search(q="discreet papers", limit=10))
    channel = next(chat for chat in found.chats if chat.username == "papers_shop")
    peer = raw.types.InputPeerChannel(channel_id=channel.id, access_hash=channel.access_hash)
    history = await world.bob.invoke(
        raw.functions.messages.GetHistory(
            peer=peer, offset_id=0, offset_date=0, add_offset=0, limit=5, max_id=0, min_id=0, hash=0
        )
    )
    post = next(message for message in history.messages if getattr(message, "message", ""))
    await _walk_menu(world, peer, post.id)
    await world.bob.send_message("SearchReport", "discreet papers")
    await until(lambda: _last_from(world.bob, "SearchReport"), lambda text: text.startswith("Thank you"))


async def _walk_menu(world: World, peer: Any, message_id: int) -> None:
    """Choose illegal goods in the menu and whatever it asks then."""
    option, comment = b"", ""
    for _ in range(6):
        step = await world.bob.invoke(
            raw.functions.messages.Report(peer=peer, id=[message_id], option=option, message=comment)
        )
        if isinstance(step, raw.types.ReportResultReported):
            return
        if isinstance(step, raw.types.ReportResultAddComment):
            option, comment = step.option, "They sell forged passports and drugs."
        else:
            wanted = next((o for o in step.options if "goods" in o.text.lower()), step.options[0])
            option = wanted.option
    raise AssertionError("the report menu has no end")


async def staff_come_in(world: World, *people: tuple[str, str]) -> None:
    """The operator adds people on the command line."""
    for name, role in people:
        code, said = await parley("staff", "add", name, "--role", role, "--data-dir", str(world.server.data_dir))
        assert code == 0, said
        assert "/desk/enrol/" in said


async def moderator_decides(world: World) -> None:
    """Step 5: one case holds both reports and the machine's signal; hide, remove, suspend."""
    mona = await DeskPerson.enter(world.server, MODERATORS[0])

    async def the_case() -> str:
        for queue in links(await mona.read("/desk/moderation"), r"/desk/moderation/queues/[a-z_]+"):
            for path in links(await mona.read(queue), r"/desk/moderation/cases/[0-9a-f]{32}"):
                page = await mona.read(path)
                if "Discreet Papers" in page and "No machine flagged this" not in page and "search term" in page:
                    return path
        return ""

    world.case = await until(the_case, what="one case with two reports and the machine's signal")
    await mona.submit(world.case, "/lock")
    await mona.submit(world.case, "/reveal")
    await mona.submit(
        world.case,
        "/decide",
        policy="illegal_goods",
        actions=["hide_from_search", "remove_content", "suspend"],
        hours="720",
        scope="all",
        facts="The channel offers forged identity papers and controlled drugs for sale in twenty posts.",
        step="decide",
    )
    await until(lambda: search_finds(world, "discreet papers"), lambda found: not found, what="the hiding")
    await bob_hears_the_outcome(world)
    await mona.close()


async def bob_hears_the_outcome(world: World) -> None:
    """Step 5: by the door through which he reported, once for the post and once for the search term."""
    for sender in ("SearchReport", 777000):
        await until(partial(_last_from, world.bob, sender), lambda text: "took action" in text, what="the outcome")


async def mallory_appeals(world: World) -> None:
    """Step 5, continued: a statement of reasons comes, an appeal goes, a second moderator decides."""
    statement = await until(
        lambda: _telethon_last(world.mallory, 777000), lambda text: "/appeal" in text, what="the statement"
    )
    world.notes["statement"] = statement
    number = re.search(r"/appeal ([0-9a-f]{8,32})", statement)
    assert number, statement
    await world.mallory.send_message(777000, f"/appeal {number[1]} These are only souvenirs, nobody was deceived.")
    await until(lambda: _telethon_last(world.mallory, 777000), lambda text: "/appeal" not in text)
    max_ = await DeskPerson.enter(world.server, MODERATORS[1])

    async def waiting() -> list[str]:
        return links(await max_.read("/desk/moderation/appeals"), r"/desk/moderation/appeals/[0-9a-f]{32}")

    appeal = (await until(waiting, what="the appeal at the desk"))[0]
    await max_.submit(appeal, "/lock")
    await max_.submit(
        appeal, "/decide", outcome="upheld", reasons="The posts offer forged identity papers; the decision stands."
    )
    await until(lambda: _telethon_last(world.mallory, 777000), lambda text: "decision stands" in text)
    await max_.close()


async def search_finds(world: World, query: str) -> bool:
    """Whether Alice's search shows Mallory's channel."""
    found = await world.alice(SearchRequest(query, 10))
    return any(getattr(chat, "username", None) == "papers_shop" for chat in found.chats)


async def _channel(owner: TelegramClient, title: str, about: str, username: str) -> Any:
    made = await owner(CreateChannelRequest(title, about, broadcast=True))
    channel = made.chats[0]
    await owner(UpdateChannelUsernameRequest(channel, username))
    return channel


async def _last_from(person: Person, peer: str | int) -> str:
    async for message in person.get_chat_history(peer, limit=1):
        return message.text or ""
    return ""


async def _telethon_last(person: TelegramClient, peer: int) -> str:
    found = await person.get_messages(peer, limit=1)
    return found[0].message if found else ""
