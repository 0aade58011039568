"""Who carries the whole database away has no number, no address, no key of a session, nothing to sign in with."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from parley.core.auth_keys import AuthKey
from parley.staff.model import Realm
from parley.staff.sessions import Ceremonies, Sessions
from parley.storage import backup
from parley.storage.binaries import installation, run_as
from parley.storage.target import Target

PHONE, DIGITS = "+49 155 50000042", "4915550000042"
ADDRESSES = ("198.51.100.9", "2001:db8::9")
AUTH_KEY = bytes(range(7, 256)) + bytes(range(7))


async def carried_away(target: Target, file: Path) -> str:
    """Every row of the database as plain SQL."""
    await backup.dump(target, file)
    program = installation(run_as()) / "bin" / "pg_restore"
    process = await asyncio.create_subprocess_exec(
        str(program), "--file=-", str(file), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


def spellings(secret: bytes) -> Iterator[str]:
    """The ways in which bytes may stand in a dump."""
    yield secret.hex()
    yield base64.b64encode(secret).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret).decode().rstrip("=")


async def test_a_dump_of_a_full_database_holds_no_number_address_or_session(
    world, messenger, database_target, tmp_path
):
    await messenger.sign_up(PHONE, "Ana", username="ana_the_first")
    assert await messenger.auth_keys.save(AuthKey(-77, AUTH_KEY, 1_790_000_000, 99))
    await messenger.sign_in.send_code(PHONE)
    ada, ben = await world.custodians("ada", "ben")
    for address in ADDRESSES:
        await world.seen(address, 52000)
    world.clock.advance(60)
    await world.logged()
    for machine in (ada, ben, ada):
        await machine.run("open")
    staff = world.pools.of("staff")
    cookie = await Sessions(staff, world.clock).open(Realm.OFFICER, "officer-1", "Firefox/130", actor="officer:1")
    ceremony = await Ceremonies(staff, world.clock, Realm.STAFF).put("sign in", None, bytes(32))
    invited = await world.vault.issue_token("cleo", "staff:root")

    text = await carried_away(database_target, tmp_path / "dump")

    assert "ana_the_first" in text, "what the security model admits is there"
    assert "vault.records" in text
    assert "release.delivered" in text
    for plain in (DIGITS, DIGITS[2:], cookie, ceremony, invited.token, *ADDRESSES):
        assert plain not in text
    numbers = [ip_address(address).packed for address in ADDRESSES]
    for secret in (*numbers, AUTH_KEY, DIGITS.encode()):
        for spelt in spellings(secret):
            assert spelt not in text
    for machine in (ada, ben):
        for private in (machine.keys.sign, machine.keys.newest.private):
            assert not [spelt for spelt in spellings(private.private_bytes_raw()) if spelt in text]
