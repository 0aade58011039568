"""From a real client behind a real proxy header to two custodians' keys; then the day is over, in backups too."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pyrage
import pytest
from telethon.network.connection import ConnectionTcpFull

from parley.app.backup import archive
from parley.app.custodian import keyfile
from parley.app.custodian.keyfile import Keys
from parley.core.clock import SystemClock
from parley.core.ids import AccountId
from parley.legal.vault import envelopes
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.errors import SealBroken
from parley.legal.vault.model import DayKey, KeyName
from parley.legal.vault.service import Vault
from parley.mtproto.proxy_protocol import SIGNATURE
from parley.storage.embedded import Cluster
from parley.storage.pools import Pools
from parley.storage.supervisor import Supervisor, running
from parley.storage.target import Target
from tests.app.backup.test_whole_story import dumped_as_text
from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer, Start
from tests.journeys.waiting import until

PHONE = "+4915550008001"
HOME, CAFE = ("2001:db8::7", 51000), ("198.51.100.9", 52000)
PASSPHRASE = "correct horse battery staple"
MONTH_S = 32 * 86_400


def from_address(host: str, port: int) -> type[ConnectionTcpFull]:
    """Telethon's connection as it arrives behind a load balancer: with PROXY protocol, version 2, before it."""
    address = ipaddress.ip_address(host)
    block = address.packed + bytes(len(address.packed)) + struct.pack(">HH", port, 443)
    header = SIGNATURE + struct.pack(">BBH", 0x21, 0x11 if address.version == 4 else 0x21, len(block)) + block

    class Proxied(ConnectionTcpFull):
        def _init_conn(self) -> None:
            self._writer.write(header)
            super()._init_conn()

    return Proxied


async def parley(*arguments: str) -> str:
    code, said = await server_process.parley(*arguments)
    assert code == 0, said
    return said


async def enrolled(server: RunningServer, folder: Path, name: str) -> Keys:
    """A custodian enrols with the real tool; gives what their key file holds."""
    where = ["--data-dir", str(server.data_dir), "--http-port", str(server.http_port)]
    token = (await parley("custodian", "invite", name, *where)).split("--token ")[1].split()[0]
    passphrase, key = folder / "passphrase", folder / name / "key"
    passphrase.write_text(PASSPHRASE)
    given = ["--key-file", str(key), "--passphrase-file", str(passphrase), "--yes"]
    await parley("custodian", "enrol", server.url, "--token", token, *given)
    return keyfile.load(key, PASSPHRASE)


async def _days(pools: Pools) -> list[date]:
    """The days of which addresses are sealed: two where midnight lies between the home and the café."""
    rows = await pools.of("legal").fetch("SELECT DISTINCT day FROM vault.day_keys ORDER BY day")
    return [row["day"] for row in rows]


def vault_of(data_dir: Path, target: Target) -> tuple[Pools, Vault]:
    pools = Pools(target)
    return pools, Vault(pools.of("legal"), ErasureKeys(data_dir / "erasure"), SystemClock())


async def opened(
    vault: Vault, people: list[Keys], account: AccountId, days: list[date]
) -> set[tuple[str, int | None]]:
    """What two custodians read together with the keys of their key files."""
    keys, records = await vault.sealed_days(account, days)
    found = set()
    for key in keys:
        shares = {(s.holder, s.partner): s for s in vault.shares_of(key, lambda _: True)}
        one, other = people
        halves = [
            envelopes.open_share(shares[a.number, b.number], key.name, a.newest.private)
            for a, b in ((one, other), (other, one))
        ]
        private = envelopes.combine(halves[0], halves[1], key.public_key)
        for record in (r for r in records if r.name == key.name):
            seen = envelopes.open_address(record.sealed, account, key.name.day, private)
            found.add((str(seen.ip), seen.port))
    return found


def unlocks(key: DayKey, candidate: bytes) -> bool:
    with suppress(SealBroken):
        envelopes.unlock(key.shares, key.name, candidate)
        return True
    return False


@pytest.mark.timeout(600)
async def test_addresses_of_a_real_person_open_for_two_custodians_until_the_day_is_over_in_every_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_server: Start
) -> None:
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"{identity}\n")
    server = await start_server(tmp_path / "first", "--trusted-proxy", "127.0.0.1/32")
    people = [await enrolled(server, tmp_path, name) for name in ("Ada", "Ben")]
    account = await _two_addresses(server, monkeypatch)

    target = running(server.data_dir)
    assert target is not None
    pools, vault = vault_of(server.data_dir, target)

    async def seen() -> set[tuple[str, int | None]]:
        return await opened(vault, people, account, await _days(pools))

    await until(seen, lambda found: len(found) >= 2, what="both addresses, sealed")
    assert await seen() == {HOME, CAFE}
    days = await _days(pools)
    await pools.close()

    await parley(
        "backup", str(tmp_path / "copies"), "--with-secrets", "--recipient", str(identity.to_public()),
        "--data-dir", str(server.data_dir),
    )  # fmt: skip
    day_keys = [(server.data_dir / "erasure" / day.isoformat()).read_bytes() for day in days]
    await server.advance_clock(MONTH_S)
    erasure = ErasureKeys(server.data_dir / "erasure")

    async def kept() -> bool:
        return not {day.isoformat() for day in days}.isdisjoint(await asyncio.to_thread(erasure.names))

    await until(kept, lambda still: not still)
    assert await server.stop() == 0

    (file,) = (tmp_path / "copies").glob("*.age")
    members = _members(file, identity)
    await _holds_no_address(members, tmp_path)
    assert not [content for content in members.values() if any(key in content for key in day_keys)]
    second = tmp_path / "second"
    await parley("restore", str(file), "--identity", str(tmp_path / "identity"), "--data-dir", str(second))
    await _opens_nothing(second, members, people, account, days)


async def _two_addresses(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> AccountId:
    """A person signs up at home over IPv6; the same session goes on in a café."""
    make = telethon_person.client
    with monkeypatch.context() as at_home:
        at_home.setattr(telethon_person, "client", lambda one: make(one, connection=from_address(*HOME)))
        person = await telethon_person.sign_up(server, PHONE, "Ana")
    account = AccountId((await person.get_me()).id)
    session = person.session.save()
    await person.disconnect()
    moved = make(server, session, from_address(*CAFE))
    await moved.connect()
    assert (await moved.get_me()).id == account
    await moved.disconnect()
    return account


def _members(file: Path, identity: object) -> dict[str, bytes]:
    with file.open("rb") as source, archive.reading(source, [identity]) as members:
        return {name: content.read() for name, content in members}


async def _holds_no_address(members: dict[str, bytes], folder: Path) -> None:
    """A backup with all secrets: it names no address and carries no erasure key."""
    assert not [name for name in members if name.startswith("erasure")]
    assert "secrets/accounts" in members
    (folder / "plain").write_bytes(members["database.dump"])
    text = await dumped_as_text(folder / "plain")
    assert "Ana" in text
    packed = [ipaddress.ip_address(host).packed.hex() for host, _ in (HOME, CAFE)]
    for trace in (HOME[0], CAFE[0], *packed):
        assert trace not in text


async def _opens_nothing(
    second: Path, members: dict[str, bytes], people: list[Keys], account: AccountId, days: list[date]
) -> None:
    """All custodians with their keys, and every secret of the backup, open nothing of the restored days."""
    supervisor = Supervisor(Cluster(second, {"fsync": "off"}))
    pools, vault = vault_of(second, await supervisor.start())
    try:
        rows = await pools.of("legal").fetch("SELECT * FROM vault.day_keys WHERE account_id = $1", account)
        assert rows, "the sealed rows came back with the backup"
        assert await opened(vault, people, account, days) == set()
        keys = [DayKey(_name(row), row["public_key"], row["erasure_id"], row["shares"]) for row in rows]
        candidates = [content for content in members.values() if len(content) == 32]
        candidates += [key.private.private_bytes_raw() for person in people for key in person.seal]
        assert not [key for key in keys for candidate in candidates if unlocks(key, candidate)]
    finally:
        await pools.close()
        await supervisor.stop()


def _name(row: Any) -> KeyName:
    return KeyName(row["account_id"], row["day"], row["key_id"])
