"""The desk's notice reaches the person although the desk can write no message."""

from __future__ import annotations

from typing import Any

from parley.app.carried_notices import CarriedNotices, say_notices
from parley.core.ids import AccountId
from parley.legal.notices.model import Attachment
from parley.storage.leases import Lease
from parley.storage.outbox import Relay
from parley.storage.pools import Pools

ANA = AccountId(41)
RECEIPT = Attachment("receipt.json", "application/json", b'{"leaf": 7}')


class Heard:
    """Stands in the place of the service account."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []

    async def send_notice(self, account: AccountId, text: str, attachments: list[Attachment], key: str) -> bool:
        self.said.append((account, text, attachments, key))
        return True


async def test_a_notice_and_its_receipt_arrive_as_they_were_handed_over(pools: Pools) -> None:
    """Each part uses its own rights: the desk hands over, the messenger's part carries and says."""
    heard, messenger = Heard(), pools.of("messenger")
    relay = Relay(messenger, Lease(messenger, "messenger/outbox"))
    say_notices(relay, heard)  # type: ignore[arg-type]
    desk = CarriedNotices(pools.of("legal"))
    assert await desk.send_notice(ANA, "An authority asked.", [RECEIPT], "n1")
    await relay.deliver_due()
    assert heard.said == [(ANA, "An authority asked.", [RECEIPT], "n1")]
