"""What the policies say of numbers and of leaving is so for somebody with a real client."""

from __future__ import annotations

import re
from functools import partial
from operator import eq

from telethon.tl.functions.account import (
    ChangePhoneRequest,
    DeleteAccountRequest,
    SendChangePhoneCodeRequest,
    UpdateUsernameRequest,
)
from telethon.tl.types import CodeSettings

from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import until

OLD, NEW = "+4915550000031", "+4915550000033"
HELD = {
    **dict.fromkeys(("messages", "events", "dialogs"), "box_id"),
    **dict.fromkeys(("notify_settings", "privacy", "account_settings", "contacts", "blocks"), "account_id"),
}
DAY_S = 86_400


async def test_a_person_takes_the_account_to_a_new_number_and_then_leaves_without_a_trace_of_their_chats(
    server: RunningServer,
) -> None:
    alice = await telethon_person.sign_up(server, OLD, "Alice")
    bob = await telethon_person.sign_up(server, "+4915550000032", "Bob")
    await bob(UpdateUsernameRequest("bob_stays"))
    await server.advance_clock(DAY_S + 60)
    sent = await alice(SendChangePhoneCodeRequest(NEW, CodeSettings()))
    me = await alice(ChangePhoneRequest(NEW, sent.phone_code_hash, await server.login_code(NEW)))
    assert me.phone == NEW.lstrip("+")

    await alice.send_message("bob_stays", "keep this")
    await alice.send_message("me", "a note to myself")
    target = running(server.data_dir)
    assert target is not None
    pools = Pools(target)
    db = pools.of("messenger")
    await until(lambda: db.fetchval("SELECT count(*) FROM messenger.relays"), partial(eq, 0), what="the copy")
    await alice(DeleteAccountRequest(reason="leaving"))
    count = "SELECT count(*) FROM messenger.{} WHERE {} = $1"

    async def held() -> list[str]:
        return [table for table, key in HELD.items() if await db.fetchval(count.format(table, key), me.id)]

    await until(held, partial(eq, []), what="the deletion of what the account held")
    await pools.close()
    kept = [message.message async for message in bob.iter_messages(me.id)]
    assert "keep this" in kept
    await bob.disconnect()
    await alice.disconnect()


async def test_every_link_of_a_policy_leads_to_a_page(server: RunningServer) -> None:
    async with server.visitor(follow_redirects=True) as http:
        for kind in ("terms", "privacy", "faq", "search"):
            page = (await http.get(f"/policy/{kind}")).text
            links = set(re.findall(r'href="(/[^"#]*)"', page))
            assert links
            assert [link for link in links if (await http.get(link)).status_code != 200] == []
