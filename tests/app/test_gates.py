"""Strangers are not flooded, friends never notice a limit, and a warm conversation asks the database nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from parley.app.acquaintances import Acquaintances
from parley.app.gates import SafetyGate, Strangers
from parley.core.clock import ManualClock
from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.accounts.model import SERVICE_ACCOUNT, Account
from parley.messenger.errors import BadRequest, Forbidden
from parley.messenger.messages.model import Entity, Media, MediaKind, NewMessage
from parley.safety.abuse_limits import rules
from parley.safety.abuse_limits.model import Tier
from parley.safety.abuse_limits.service import AbuseLimits
from parley.safety.enforcement.model import Standing
from parley.storage.pools import Pools

ANN, BEN, BOT, OLD = AccountId(1), AccountId(2), AccountId(3), AccountId(4)
PHOTO = Media(MediaKind.PHOTO, 1)


class Town:
    """Accounts, address books, sanctions, and a database that counts what it is asked."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.contacts: set[tuple[AccountId, AccountId]] = set()
        self.written: set[tuple[int, int]] = set()
        self.asked = 0
        self.standing = Standing()
        known = Acquaintances(self, self)  # type: ignore[arg-type]
        self.gate = SafetyGate(self, Strangers(AbuseLimits(lambda: 0.0), self, known, clock))  # type: ignore[arg-type]

    def of(self, account: AccountId) -> Standing:
        return self.standing

    async def find(self, account: AccountId) -> Account:
        age = timedelta(days=30 if account == OLD else 0, hours=1)
        return Account(account, "A", "", None, "", self.clock.now() - age, is_bot=account == BOT)

    async def has(self, owner: AccountId, person: AccountId) -> bool:
        return (owner, person) in self.contacts

    async def fetchrow(self, sql: str, sender: int, receiver: int) -> dict[str, bool]:
        self.asked += 1
        return {"opened": (sender, receiver) in self.written, "answered": (receiver, sender) in self.written}

    async def writes(self, sender: AccountId, receiver: int, text: str = "hello", **more: Any) -> None:
        await self.gate.check(sender, Peer.user(AccountId(receiver)), NewMessage(text, 1, **more))


@pytest.fixture
def town(clock: ManualClock) -> Town:
    return Town(clock)


async def test_a_new_account_writes_to_a_few_strangers_a_day(town: Town) -> None:
    allowed = rules.STRANGERS[Tier.NEW].new_chats
    for receiver in range(100, 100 + allowed):
        await town.writes(ANN, receiver)
    with pytest.raises(BadRequest, match="PEER_FLOOD"):
        await town.writes(ANN, 999)
    await town.writes(ANN, 100, "and one more to somebody whom I wrote to already")
    await town.writes(OLD, 999)


@pytest.mark.parametrize(
    "content",
    [
        {"text": "see https://example.com"},
        {"text": "see this", "entities": (Entity("TextUrl", 0, 3, "https://example.com"),)},
        {"text": "join T.me/example"},
        {"text": "", "media": PHOTO},
    ],
)
async def test_a_new_account_sends_strangers_no_links_and_media_until_they_answer(
    town: Town, content: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest, match="PEER_FLOOD"):
        await town.writes(ANN, BEN, **content)
    await town.writes(ANN, BEN)
    with pytest.raises(BadRequest, match="PEER_FLOOD"):
        await town.writes(ANN, BEN, **content)
    await town.writes(BEN, ANN)
    await town.writes(ANN, BEN, **content)


async def test_contacts_bots_and_earlier_answers_are_no_strangers(town: Town) -> None:
    town.contacts.add((BEN, ANN))
    town.written.add((77, ANN))
    for receiver in (BEN, 77, BOT):
        await town.writes(ANN, receiver, "https://example.com")


async def test_a_bot_writes_only_to_people_who_wrote_to_it(town: Town) -> None:
    with pytest.raises(BadRequest, match="PEER_FLOOD"):
        await town.writes(BOT, ANN)
    town.written.add((BEN, BOT))
    await town.writes(BOT, BEN)


async def test_a_warm_conversation_asks_the_database_nothing(town: Town) -> None:
    await town.writes(ANN, BEN)
    await town.writes(BEN, ANN)
    asked = town.asked
    for _ in range(50):
        await town.writes(ANN, BEN)
        await town.writes(BEN, ANN)
    assert town.asked == asked <= 2


async def test_a_suspension_of_uploads_stops_new_files_and_nothing_else(town: Town) -> None:
    town.contacts.add((BEN, ANN))
    town.standing = Standing(may_upload_media=False)
    with pytest.raises(Forbidden, match="CHAT_SEND_MEDIA_FORBIDDEN"):
        await town.writes(ANN, BEN, "", media=PHOTO)
    await town.writes(ANN, BEN, "", media=Media(MediaKind.CONTACT, 1))
    await town.writes(ANN, BEN)


async def test_whoever_may_not_write_still_reaches_the_service_account(town: Town) -> None:
    town.standing = Standing(may_write=False)
    with pytest.raises(Forbidden, match="USER_RESTRICTED"):
        await town.writes(ANN, BEN)
    await town.writes(ANN, SERVICE_ACCOUNT, "/appeal")


async def test_the_look_up_reads_both_directions_of_a_dialog(pools: Pools, clock: ManualClock) -> None:
    db = pools.of("messenger")
    known = Acquaintances(Town(clock), db)
    insert = (
        "INSERT INTO messenger.messages (box_id, id, pts, peer, sender_id, random_id, date, out, text)"
        " VALUES ($1, $2::int, $2::int, $3, $4, $2::int, now(), $5, 'x')"
    )
    assert (await known.look_up(ANN, BEN)).name == "STRANGER"
    await db.execute(insert, ANN, 1, BEN, ANN, True)
    assert (await known.look_up(ANN, BEN)).name == "OPENED"
    await db.execute(insert, ANN, 2, BEN, BEN, False)
    assert (await known.look_up(ANN, BEN)).name == "KNOWN"
