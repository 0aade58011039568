"""Signs up the load's accounts through the same calls that any client makes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from parley.app.bench.client import Client
from parley.app.bench.exchange import Agreed
from parley.app.bench.host import Host
from parley.tl import functions, types

_AT_ONCE = 8


@dataclass(slots=True)
class Person:
    """A signed-in account with one open connection."""

    client: Client
    agreed: Agreed
    phone: str
    user_id: int


async def sign_up(host: Host, count: int) -> list[Person]:
    """Make `count` accounts, each on a connection and a key of its own."""
    slots = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=host.http) as web:

        async def one(number: int) -> Person:
            async with slots:
                return await _person(host, web, f"1555{number:07d}")

        return list(await asyncio.gather(*(one(number) for number in range(count))))


async def _person(host: Host, web: httpx.AsyncClient, phone: str) -> Person:
    client = await Client.connect(host.mtproto)
    agreed = await client.new_key(host.rsa)
    sent = await client.call(
        functions.auth.SendCode(phone_number=phone, api_id=1, api_hash="bench", settings=types.CodeSettings())
    )
    answer = await web.get(f"/dev/login-codes/{phone}")
    known: dict[str, Any] = {"phone_number": phone, "phone_code_hash": sent.phone_code_hash}
    await client.call(functions.auth.SignIn(**known, phone_code=answer.raise_for_status().json()["code"]))
    made = await client.call(functions.auth.SignUp(**known, first_name=f"Person {phone[-4:]}", last_name=""))
    return Person(client, agreed, phone, made.user.id)


async def befriend(person: Person, friend: Person) -> types.InputPeerUser:
    """Put a friend into the address book; how to name them from now on."""
    entry = types.InputPhoneContact(client_id=1, phone=friend.phone, first_name="A", last_name="Friend")
    found = await person.client.call(functions.contacts.ImportContacts(contacts=[entry]))
    user = found.users[0]
    return types.InputPeerUser(user_id=user.id, access_hash=user.access_hash)
