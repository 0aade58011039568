"""Sessions and passkey ceremonies of the web, for staff and for officers alike.

Only hashes of tokens are stored: who reads the table cannot sign in with what it holds.
"""

from __future__ import annotations

from parley.core.clock import Clock
from parley.core.ids import new_id
from parley.staff import rules, store
from parley.staff.model import Ceremony, Realm, Session
from parley.storage import audit
from parley.storage.database import Database

_LONGEST_PATH = 200


class Sessions:
    """Signed-in browsers: opened, resumed, listed and ended."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def open(self, realm: Realm, subject: str, user_agent: str, *, actor: str) -> str:
        """Open a session after a verified sign-in and give its token for the cookie."""
        now = self._clock.now()
        token = rules.new_token()
        session = Session(
            ref=new_id(),
            realm=realm,
            subject=subject,
            agent=rules.agent_family(user_agent),
            created_at=now,
            seen_at=now,
            expires_at=now + rules.SESSION_LIFE,
        )
        async with self._db.transaction() as conn:
            await store.delete_expired(conn, now)
            await store.insert_session(conn, rules.hash_of(token), session)
            await audit.record(conn, now, actor, f"{realm}.signed_in", subject, {"session": session.ref})
        return token

    async def resume(self, realm: Realm, token: str, user_agent: str) -> Session | None:
        """Give the session of a cookie, or None when it is over or comes from another kind of browser."""
        now = self._clock.now()
        session = await store.session(self._db, realm, rules.hash_of(token))
        if session is None or session.agent != rules.agent_family(user_agent):
            return None
        if rules.session_ended(session.seen_at, session.expires_at, now):
            return None
        if now - session.seen_at >= rules.SEEN_STEP:
            await store.touch_session(self._db, session.ref, now)
        return session

    async def of(self, realm: Realm, subject: str) -> list[Session]:
        """List a person's live sessions, newest first."""
        now = self._clock.now()
        found = await store.sessions_of(self._db, realm, subject, now)
        return [s for s in found if not rules.session_ended(s.seen_at, s.expires_at, now)]

    async def end(self, realm: Realm, subject: str, ref: str, *, actor: str) -> bool:
        """End one of a person's sessions; False when they have no such session."""
        async with self._db.transaction() as conn:
            ended = await store.delete_sessions(conn, realm, subject, ref=ref)
            if ended:
                now = self._clock.now()
                await audit.record(conn, now, actor, f"{realm}.signed_out", subject, {"session": ref})
        return bool(ended)

    async def end_others(self, realm: Realm, subject: str, keep: str | None, *, actor: str) -> int:
        """End all of a person's sessions but `keep`; returns how many ended."""
        async with self._db.transaction() as conn:
            ended = await store.delete_sessions(conn, realm, subject, keep=keep)
            if ended:
                now = self._clock.now()
                detail = {"sessions": ended}
                await audit.record(conn, now, actor, f"{realm}.signed_out_elsewhere", subject, detail)
        return ended

    async def kept_out(self, realm: Realm, path: str, needed: str, *, actor: str) -> None:
        """Put on record that a signed-in person tried what they may not; `needed` says what would let them."""
        detail = {"needed": needed}
        await audit.record(self._db, self._clock.now(), actor, f"{realm}.kept_out", path[:_LONGEST_PATH], detail)

    async def refuse(self, realm: Realm, subject: str, reason: str) -> None:
        """Put a refused sign-in with a known passkey on the record."""
        async with self._db.transaction() as conn:
            now = self._clock.now()
            await audit.record(conn, now, "system", f"{realm}.sign_in_refused", subject, {"reason": reason})


class Ceremonies:
    """Challenges that were given out and not answered yet; each serves once and for ten minutes."""

    def __init__(self, db: Database, clock: Clock, realm: Realm) -> None:
        self._db = db
        self._clock = clock
        self._realm = realm

    async def put(self, purpose: str, owner: str | None, challenge: bytes) -> str:
        """Keep a challenge and give the token that names the ceremony."""
        token = rules.new_token()
        await store.insert_ceremony(
            self._db,
            rules.hash_of(token),
            self._realm,
            purpose,
            Ceremony(owner, challenge),
            self._clock.now() + rules.CEREMONY_LIFE,
        )
        return token

    async def take(self, purpose: str, token: str) -> Ceremony | None:
        """Take a ceremony out; None when it is unknown, for another purpose, answered or too old."""
        return await store.take_ceremony(self._db, rules.hash_of(token), self._realm, purpose, self._clock.now())
