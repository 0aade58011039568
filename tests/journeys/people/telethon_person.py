"""A person with Telethon, pointed at our server as its documentation allows."""

from __future__ import annotations

from typing import Any

from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.errors import RPCError
from telethon.network.connection import ConnectionTcpFull
from telethon.sessions import Session, StringSession
from telethon.tl.functions.auth import SignUpRequest
from telethon.tl.functions.help import AcceptTermsOfServiceRequest, GetTermsOfServiceUpdateRequest
from telethon.tl.types import auth, help  # noqa: A004  Telethon's own names

from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import LIMIT_S

API_ID, API_HASH = 1, "0" * 32


def client(
    server: RunningServer, session: str | Session = "", connection: type = ConnectionTcpFull, **options: Any
) -> TelegramClient:
    """Make a client that knows our key and our address; a session object also knows what it has heard of."""
    rsa.add_key(server.pem, old=False)
    stored = session if isinstance(session, Session) else StringSession(session)
    if not session:
        stored.set_dc(2, server.host, server.mtproto_port)
    return TelegramClient(
        stored, API_ID, API_HASH, connection=connection, timeout=LIMIT_S, flood_sleep_threshold=0, **options
    )


async def sign_up(server: RunningServer, phone: str, first: str, last: str = "") -> TelegramClient:
    """Sign a new person up: code, terms, names."""
    person = client(server)
    await person.connect()
    sent = await person.send_code_request(phone)
    code = await server.login_code(phone)
    answer = await _try_code(person, phone, code, sent.phone_code_hash)
    assert isinstance(answer, auth.AuthorizationSignUpRequired)
    made = await person(SignUpRequest(phone, sent.phone_code_hash, first, last))
    await person._on_login(made.user)
    await accept_terms(person)
    return person


async def sign_in(server: RunningServer, phone: str) -> TelegramClient:
    """Sign a known person in on a further device."""
    person = client(server)
    await person.connect()
    sent = await person.send_code_request(phone)
    await person.sign_in(phone, await server.login_code(phone), phone_code_hash=sent.phone_code_hash)
    return person


async def accept_terms(person: TelegramClient) -> None:
    """Read the terms that are asked for, and accept them."""
    update = await person(GetTermsOfServiceUpdateRequest())
    if isinstance(update, help.TermsOfServiceUpdate):
        assert update.terms_of_service.text
        await person(AcceptTermsOfServiceRequest(update.terms_of_service.id))


async def _try_code(person: TelegramClient, phone: str, code: str, code_hash: str) -> Any:
    from telethon.tl.functions.auth import SignInRequest

    return await person(SignInRequest(phone, code_hash, code))


__all__ = ["RPCError", "accept_terms", "client", "sign_in", "sign_up"]
