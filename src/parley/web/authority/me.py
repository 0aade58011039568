"""An officer's own access: recipient key, signed-in browsers, and how long the access lasts."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import NotFound
from parley.legal.authorities.service import Authorities
from parley.legal.disclosure.directory import fingerprint_of_passkey
from parley.legal.disclosure.model import PasskeyHolder
from parley.staff.model import Realm
from parley.staff.sessions import Sessions
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.pages import render
from parley.web.sessions import require_officer, signed_in


class OfficerMePages:
    """What an officer sees of their own access."""

    def __init__(self, authorities: Authorities, sessions: Sessions) -> None:
        self._authorities = authorities
        self._sessions = sessions

    @require_officer()
    async def show(self, request: Request) -> Response:
        """Show access and sessions."""
        person = signed_in(request)
        (officer, authority), passkeys, sessions = await asyncio.gather(
            self._authorities.who_may_file(person.subject),
            self._authorities.passkeys(person.subject),
            self._sessions.of(Realm.OFFICER, person.subject),
        )
        return render(
            request,
            "authority/me.html",
            officer=officer,
            authority=authority,
            passkeys=passkeys,
            fingerprints=[
                fingerprint_of_passkey(
                    "officer", PasskeyHolder(key.officer_id, officer.name, key.credential_id, key.public_key)
                )
                for key in passkeys
            ],
            sessions=sessions,
        )

    @action
    @require_officer()
    async def end(self, request: Request) -> Response:
        """End one of the officer's sessions."""
        person = signed_in(request)
        ref = request.path_params["ref"]
        if not await self._sessions.end(Realm.OFFICER, person.subject, ref, actor=person.actor):
            raise NotFound("no such session")
        return redirect(request, "/authority/me", "That browser is signed out.")
