"""Who wants their addresses forgotten sooner says so to the service account, and the policy promises no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from parley.app.robots import ServiceBot
from parley.core.clock import ManualClock
from parley.core.ids import AccountId, BoxId, MessageId
from parley.core.peers import Peer, PeerKind
from parley.legal.vault.rules import ACCOUNT_RETENTIONS
from parley.messenger.accounts.retention import RETENTION_TOPIC, RetentionWishes
from parley.messenger.messages.model import Message
from parley.policy.library import Library
from parley.policy.model import Kind
from parley.storage.pools import Pools

ALICE = AccountId(1001)


@dataclass
class NoAppeals:
    """Takes no message for an appeal."""

    async def from_chat(self, account: AccountId, text: str) -> None:
        return None


@pytest.fixture
def wish_list(pools: Pools, clock: ManualClock) -> RetentionWishes:
    return RetentionWishes(pools.of("messenger"), clock, 30, ACCOUNT_RETENTIONS)


@pytest.fixture
def bot(wish_list: RetentionWishes) -> ServiceBot:
    return ServiceBot(NoAppeals(), wish_list, "https://chat.example")  # type: ignore[arg-type]


def said(text: str) -> Message:
    peer = Peer(PeerKind.USER, ALICE)
    return Message(BoxId(777000), MessageId(1), peer, ALICE, datetime(2026, 11, 2, tzinfo=UTC), text)


async def wishes(pools: Pools) -> list[int | None]:
    rows = await pools.of("outbox").fetch(
        "SELECT payload FROM outbox.items WHERE topic = $1 ORDER BY item_id", RETENTION_TOPIC
    )
    assert all(row["payload"]["account"] == ALICE for row in rows)
    return [row["payload"]["days"] for row in rows]


@pytest.mark.parametrize("days", ACCOUNT_RETENTIONS)
async def test_every_time_that_the_policy_names_is_taken(bot: ServiceBot, pools: Pools, days: int) -> None:
    for kind in (Kind.PRIVACY, Kind.FAQ):
        text = Library.load().versions(kind)[0].text
        assert "/retention" in text
        assert f" {days}" in text
    assert f"**/retention {days}**" in Library.load().versions(Kind.PRIVACY)[0].text
    assert f"are kept for {days} days" in (await bot.answer(said(f"/retention {days}")) or "")
    assert await wishes(pools) == [days]


async def test_the_operators_time_comes_back_and_nothing_longer_or_odd_is_taken(
    bot: ServiceBot, pools: Pools
) -> None:
    assert "kept for 30 days" in (await bot.answer(said("/retention default")) or "")
    for odd in ("/retention", "/retention 60", "/retention -1", "/retention soon", "/retention 5"):
        assert "kept for" not in (await bot.answer(said(odd)) or "")
    assert await wishes(pools) == [None]


async def test_the_service_account_names_the_command(bot: ServiceBot) -> None:
    assert "/retention DAYS" in (await bot.answer(said("hello")) or "")


async def test_the_command_alone_says_what_holds_now(bot: ServiceBot) -> None:
    assert "stay for 30 days" in (await bot.answer(said("/retention")) or "")
    await bot.answer(said("/retention 7"))
    assert "stay for 7 days" in (await bot.answer(said("/retention")) or "")
    await bot.answer(said("/retention default"))
    assert "stay for 30 days" in (await bot.answer(said("/retention")) or "")
    await bot.answer(said("/retention 1"))
    assert "https://" not in (await bot.answer(said("/retention")) or ""), "nothing is shorter, so there is no link"


async def test_a_link_shortens_once_and_only_while_it_serves(
    bot: ServiceBot, wish_list: RetentionWishes, pools: Pools, clock: ManualClock
) -> None:
    token = (await bot.answer(said("/retention")) or "").split("/retention/")[1].split()[0]
    assert await wish_list.of_link(token) == ALICE
    assert await wish_list.use_link(token, 7)
    assert not await wish_list.use_link(token, 3), "it serves once"
    assert await wish_list.of_link(token) is None
    longer = await wish_list.make_link(ALICE)
    for days in (14, 30, 7, 5, 0, -1):
        assert not await wish_list.use_link(longer, days)
    late = await wish_list.make_link(ALICE)
    clock.advance(601)
    assert not await wish_list.use_link(late, 1)
    await wish_list.forget_links()
    assert await pools.of("messenger").fetchval("SELECT count(*) FROM messenger.retention_links") == 0
    assert await wishes(pools) == [7]


async def test_a_stolen_database_holds_no_link_that_serves(wish_list: RetentionWishes, pools: Pools) -> None:
    token = await wish_list.make_link(ALICE)
    row = await pools.of("messenger").fetchrow("SELECT * FROM messenger.retention_links")
    assert token not in str(dict(row or {}))
    assert await wish_list.of_link(row["token_hash"].hex() if row else "") is None
