"""Who wants their addresses forgotten sooner says so to the service account, and the policy promises no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from parley.app.robots import RETENTION_TOPIC, ServiceBot
from parley.core.ids import AccountId, BoxId, MessageId
from parley.core.peers import Peer, PeerKind
from parley.legal.vault.rules import ACCOUNT_RETENTIONS
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
def bot(pools: Pools) -> ServiceBot:
    return ServiceBot(NoAppeals(), pools.of("messenger"), 30)  # type: ignore[arg-type]


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
