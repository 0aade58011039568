"""A person with kurigram (`import pyrogram`), whose address and keys are compiled in and are replaced here."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pyrogram
from pyrogram import raw
from pyrogram.crypto import rsa
from pyrogram.handlers import RawUpdateHandler
from pyrogram.session import Auth

from parley.mtproto.rsa_key import fingerprint_of
from tests.journeys.server_process import RunningServer

API_ID, API_HASH = 1, "0" * 32


def trust(pem: str) -> None:
    """Put our key among those that kurigram ships, under its signed fingerprint."""
    modulus, exponent = _numbers(pem)
    unsigned = fingerprint_of(modulus, exponent) & (2**64 - 1)
    rsa.server_public_keys[unsigned - (1 << 64 if unsigned >> 63 else 0)] = rsa.PublicKey(modulus, exponent)


class Person(pyrogram.Client):
    """A client that starts at our server instead of the compiled-in address."""

    def __init__(self, server: RunningServer, name: str, workdir: Path, **options: Any) -> None:
        trust(server.pem)
        self.at = server
        options.setdefault("in_memory", True)
        super().__init__(name, API_ID, API_HASH, workdir=workdir, sleep_threshold=0, **options)

    async def load_session(self) -> None:
        """Exchange a key with our server when there is none."""
        await self.storage.open()
        if await self.storage.auth_key() is not None:
            return
        await self.storage.api_id(self.api_id)
        await self.storage.dc_id(2)
        await self.storage.server_address(self.at.host)
        await self.storage.port(self.at.mtproto_port)
        await self.storage.date(0)
        await self.storage.test_mode(False)
        made = await Auth(self, 2, self.at.host, self.at.mtproto_port, False).create()
        await self.storage.auth_key(made)
        await self.storage.user_id(None)
        await self.storage.is_bot(None)

    async def get_dc_option(self, *_: Any, **__: Any) -> raw.types.DcOption:
        """Every data centre is our server."""
        return raw.types.DcOption(id=2, ip_address=self.at.host, port=self.at.mtproto_port)


async def sign_up(
    server: RunningServer, workdir: Path, phone: str, first: str, last: str = "", **options: Any
) -> Person:
    """Sign a new person up and start receiving updates."""
    person = Person(server, f"kurigram-{phone.strip('+')}", workdir, **options)
    await person.connect()
    sent = await person.send_phone_number_code(phone)
    code = await server.login_code(phone)
    answer = await person.sign_in(phone, sent.phone_code_hash, code)
    assert isinstance(answer, pyrogram.types.TermsOfService), "a new person is shown the terms"
    await person.sign_up(phone, sent.phone_code_hash, first, last)
    await person.accept_terms_of_service(answer.id)
    person.me = await person.get_me()
    await person.initialize()
    return person


def read_marks(writer: Person) -> asyncio.Queue[int]:
    """Up to which of the writer's messages the other person has read, as it is pushed."""
    marks: asyncio.Queue[int] = asyncio.Queue()

    async def hear(_client: Any, update: Any, _users: Any, _chats: Any) -> None:
        if isinstance(update, raw.types.UpdateReadHistoryOutbox):
            await marks.put(update.max_id)

    writer.add_handler(RawUpdateHandler(hear))
    return marks


def _numbers(pem: str) -> tuple[int, int]:
    """Read n and e of a PKCS#1 public key (RFC 8017, appendix A.1.1)."""
    body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    data = base64.b64decode(body)
    position = 4
    numbers = []
    for _ in range(2):
        position += 1
        length, position = data[position], position + 1
        if length & 0x80:
            size = length & 0x7F
            length, position = int.from_bytes(data[position : position + size], "big"), position + size
        numbers.append(int.from_bytes(data[position : position + length], "big"))
        position += length
    return numbers[0], numbers[1]
