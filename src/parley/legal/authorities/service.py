"""The actions of the registry. Every entry takes two people; every step leaves an audit record."""

from __future__ import annotations

from parley.core.clock import Clock
from parley.core.ids import AuthorityId, OfficerId, new_id
from parley.legal.authorities import rules, store
from parley.legal.authorities.errors import (
    AuthorityNotFound,
    EnrolmentInvalid,
    EntryInvalid,
    OfficerNotFound,
    PasskeyTaken,
)
from parley.legal.authorities.model import (
    Authority,
    NewAuthority,
    NewOfficerPasskey,
    Officer,
    OfficerEnrolment,
    OfficerPasskey,
    Trust,
)
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor


class Authorities:
    """The registry of one operator."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def propose(self, entry: NewAuthority, by: str) -> Authority:
        """Enter an authority; it can send nothing before another registrar has confirmed it.

        Raises:
            EntryInvalid: a field breaks a rule.
        """
        rules.check_entry(entry)
        now = self._clock.now()
        made = Authority(AuthorityId(new_id()), entry, Trust.NEW, by, now)
        async with self._database.transaction() as conn:
            await store.insert_authority(conn, made)
            await audit.record(conn, now, by, "authority.proposed", made.authority_id, {"name": entry.name})
        return made

    async def confirm(self, authority_id: str, by: str) -> Authority:
        """Confirm an entry, or renew it, after calling back: the second person's word.

        Raises:
            AuthorityNotFound, SecondPersonNeeded: see `errors`.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            found = await self._must(conn, authority_id, lock=True)
            rules.check_second(found.proposed_by, by)
            await store.verify(conn, authority_id, by, now, now + rules.VERIFICATION_LIFE)
            await audit.record(conn, now, by, "authority.verified", authority_id, {"name": found.name})
            await outbox.put(conn, "legal", APPEND_TOPIC, _registry_entry(found))
        return await self.get(authority_id)

    async def set_trust(self, authority_id: str, trust: Trust, reason: str, by: str) -> Authority:
        """Flag or suspend an authority; its officers' access follows at once.

        Raises:
            AuthorityNotFound: there is none.
            EntryInvalid: no reason, or a trust that only `confirm` gives.
        """
        if trust not in (Trust.FLAGGED, Trust.SUSPENDED) or not reason.strip():
            raise EntryInvalid("reason: say why the authority is flagged or suspended")
        async with self._database.transaction() as conn:
            await self._must(conn, authority_id, lock=True)
            await store.set_trust(conn, authority_id, trust, reason.strip()[:1000])
            await audit.record(
                conn, self._clock.now(), by, f"authority.{trust}", authority_id, {"reason": reason.strip()[:1000]}
            )
        return await self.get(authority_id)

    async def add_officer(self, authority_id: str, name: str, email: str, by: str) -> OfficerEnrolment:
        """List an officer whom a registrar vouches for, and give the token of their one-time link.

        Raises:
            AuthorityNotFound, EntryInvalid: see `errors`.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            found = await self._must(conn, authority_id)
            if not 2 <= len(name.strip()) <= 100:
                raise EntryInvalid("name: 2 to 100 characters")
            officer = Officer(
                officer_id=OfficerId(new_id()),
                authority_id=found.authority_id,
                name=name.strip(),
                email=rules.check_email(email, found),
                age_recipient=None,
                vouched_by=by,
                added_at=now,
                expires_at=now + rules.VOUCHING_LIFE,
            )
            await store.insert_officer(conn, officer)
            token = rules.new_token()
            until = now + rules.ENROLMENT_LIFE
            await store.insert_enrolment(conn, rules.hash_of(token), officer.officer_id, now, until)
            await audit.record(conn, now, by, "officer.vouched", officer.officer_id, {"authority": authority_id})
        return OfficerEnrolment(token, officer, until)

    async def vouch_again(self, officer_id: str, by: str) -> Officer:
        """Renew an officer's access for 90 days.

        Raises:
            OfficerNotFound: there is none.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await self._must_officer(conn, officer_id)
            await store.renew_officer(conn, officer_id, by, now + rules.VOUCHING_LIFE)
            await audit.record(conn, now, by, "officer.vouched", officer_id)
        return await self.officer(officer_id)

    async def suspend_officer(self, officer_id: str, reason: str, by: str) -> None:
        """Bar an officer at once.

        Raises:
            OfficerNotFound: there is none.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await self._must_officer(conn, officer_id)
            await store.suspend_officer(conn, officer_id, now)
            await audit.record(conn, now, by, "officer.suspended", officer_id, {"reason": reason[:1000]})

    async def enrolment(self, token: str) -> Officer:
        """Say whose enrolment link this is.

        Raises:
            EnrolmentInvalid: unknown, used or too old.
        """
        found = await store.open_enrolment(self._database, rules.hash_of(token), self._clock.now())
        if found is None:
            raise EnrolmentInvalid("this enrolment link was used, is too old or was never issued")
        return found

    async def enrol(self, token: str, passkey: NewOfficerPasskey, recipient: str) -> Officer:
        """Use an enrolment link up for a verified passkey and an age recipient.

        Raises:
            EnrolmentInvalid, PasskeyTaken, EntryInvalid: see `errors`.
        """
        checked = rules.check_recipient(recipient)
        now, token_hash = self._clock.now(), rules.hash_of(token)
        async with self._database.transaction() as conn:
            found = await store.open_enrolment(conn, token_hash, now)
            if found is None or not await store.use_enrolment(conn, token_hash, now):
                raise EnrolmentInvalid("this enrolment link was used, is too old or was never issued")
            if not await store.insert_passkey(conn, found.officer_id, passkey, now):
                raise PasskeyTaken("this passkey is registered already")
            await store.set_recipient(conn, found.officer_id, checked)
            detail = {"credential": passkey.credential_id.hex(), "recipient": checked}
            await audit.record(conn, now, found.actor, "officer.enrolled", found.officer_id, detail)
        return await self.officer(found.officer_id)

    async def get(self, authority_id: str) -> Authority:
        """Read an entry.

        Raises:
            AuthorityNotFound: there is none.
        """
        return await self._must(self._database, authority_id)

    async def all(self) -> list[Authority]:
        """Read the registry."""
        return await store.authorities(self._database)

    async def officer(self, officer_id: str) -> Officer:
        """Read an officer.

        Raises:
            OfficerNotFound: there is none.
        """
        return await self._must_officer(self._database, officer_id)

    async def officer_by_name(self, name: str) -> Officer | None:
        """Read an officer by name."""
        return await store.officer_by_name(self._database, name)

    async def officers(self, authority_id: str | None = None) -> list[Officer]:
        """Read the officers of an authority, or all."""
        return await store.officers(self._database, authority_id)

    async def who_may_file(self, officer_id: str) -> tuple[Officer, Authority]:
        """Give an officer and their authority if they may act now.

        Raises:
            OfficerNotFound, OfficerExpired: see `errors`.
        """
        found = await self.officer(officer_id)
        authority = await self.get(found.authority_id)
        rules.check_may_file(found, authority, self._clock.now())
        return found, authority

    async def passkeys(self, officer_id: str, /) -> list[OfficerPasskey]:
        """Give an officer's passkeys."""
        return await store.passkeys(self._database, officer_id)

    async def all_passkeys(self) -> list[OfficerPasskey]:
        """Give the passkeys of every officer who is not barred."""
        return await store.passkeys(self._database)

    async def passkey(self, credential_id: bytes, /) -> OfficerPasskey | None:
        """Find a passkey that can be used."""
        return await store.passkey(self._database, credential_id)

    async def passkey_used(self, credential_id: bytes, sign_count: int, /) -> None:
        """Note a verified use."""
        await store.passkey_used(self._database, credential_id, sign_count, self._clock.now())

    async def _must(self, conn: Executor, authority_id: str, *, lock: bool = False) -> Authority:
        found = await store.authority(conn, authority_id, lock=lock)
        if found is None:
            raise AuthorityNotFound("there is no such authority")
        return found

    async def _must_officer(self, conn: Executor, officer_id: str) -> Officer:
        found = await store.officer(conn, officer_id)
        if found is None:
            raise OfficerNotFound("there is no such officer")
        return found


def _registry_entry(authority: Authority) -> dict[str, object]:
    """The log's entry of a change to the registry: the hash of what two people confirmed, and no name."""
    opening = Opening(Stage.REGISTRY, subject="authority", sha256=rules.entry_digest(authority))
    return {"entry_id": new_id(), "opening": opening.to_json(), "emergency": False}
