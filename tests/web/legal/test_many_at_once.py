"""More officers than there are connections file at once: nobody waits for one that another has and waits with."""

from __future__ import annotations

import asyncio

import pytest

from parley.core.ids import OfficerId
from parley.storage.roles import PROFILES
from tests.web.conftest import Browser
from tests.web.legal.conftest import LegalWeb

pytestmark = pytest.mark.usefixtures("mallory")
#: Far longer than all of them take one after the other on a busy machine.
LIMIT_S = 60


async def drafted(legal: LegalWeb, officer: Browser, name: str, document: bytes) -> tuple[OfficerId, str, str]:
    """A filing that waits for its officer's signature, and the signature."""
    page = (await legal.draft(officer, document)).text
    draft_id = page.split('action="/authority/drafts/')[1].split('"')[0].partition("/")[0]
    found = await legal.wired.authorities.officer_by_name(name)
    assert found is not None
    challenge = await legal.wired.orders.challenge(found.officer_id, draft_id)
    return found.officer_id, draft_id, officer.key.sign(challenge)  # type: ignore[attr-defined]


async def test_more_filings_at_once_than_there_are_connections_all_arrive(legal: LegalWeb) -> None:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    authority, document = await legal.authority(rita, otto), await legal.court.sign("Order 12 Gs 34/26")
    drafts = []
    for number in range(PROFILES["legal"].connections + 2):
        name = f"Inspector {number}"
        drafts.append(await drafted(legal, await legal.officer(rita, authority, name), name, document))
    async with asyncio.timeout(LIMIT_S):
        filed = await asyncio.gather(*(legal.wired.orders.file(*one) for one in drafts))
    assert {order.order_id for order in filed} == {order.order_id for order in await legal.wired.orders.all()}
