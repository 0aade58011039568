"""The actions on people of the operator: add, invite, enrol a passkey, change roles, bar."""

from __future__ import annotations

from collections.abc import Iterable

from parley.core.clock import Clock
from parley.core.errors import Conflict
from parley.core.ids import StaffId, new_id
from parley.staff import rules, store
from parley.staff.errors import (
    EnrolmentInvalid,
    LastPasskey,
    NameTaken,
    PasskeyTaken,
    StaffNotFound,
)
from parley.staff.model import Enrolment, NewPasskey, Passkey, Realm, Role, StaffMember
from parley.storage import audit
from parley.storage.database import Database

#: Who acts when the operator uses the command line on the machine itself.
OPERATOR = "operator:command-line"


class Staff:
    """Everything that can be done to the list of staff; each write is audited in its transaction."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(self, name: str, roles: Iterable[str], *, by: str = OPERATOR) -> Enrolment:
        """List a new person and give the token of their one-time enrolment link.

        Raises:
            NameInvalid, RoleInvalid, NameTaken: see `parley.staff.errors`.
        """
        now = self._clock.now()
        member = StaffMember(
            staff_id=StaffId(new_id()),
            name=rules.check_name(name),
            pseudonym=rules.new_pseudonym(),
            roles=rules.check_roles(roles),
            added_at=now,
        )
        async with self._db.transaction() as conn:
            if not await store.insert_member(conn, member):
                raise NameTaken(f"{name} is on the list already")
            issued = await self._issue(conn, member)
            detail = {"name": name, "roles": sorted(str(role) for role in member.roles)}
            await audit.record(conn, now, by, "staff.added", member.staff_id, detail)
        return issued

    async def invite(self, staff_id: str, *, by: str = OPERATOR) -> Enrolment:
        """Give a further enrolment link to a member, for another passkey or after a loss.

        Raises:
            StaffNotFound: nobody has that id.
        """
        now = self._clock.now()
        async with self._db.transaction() as conn:
            member = await store.member(conn, staff_id)
            if member is None:
                raise StaffNotFound("no such member")
            issued = await self._issue(conn, member)
            await audit.record(conn, now, by, "staff.invited", member.staff_id)
        return issued

    async def _issue(self, conn: store.Queries, member: StaffMember) -> Enrolment:
        now = self._clock.now()
        token = rules.new_token()
        expires_at = now + rules.ENROLMENT_LIFE
        await store.insert_enrolment(conn, rules.hash_of(token), member.staff_id, now, expires_at)
        return Enrolment(token=token, member=member, expires_at=expires_at)

    async def enrolment(self, token: str) -> StaffMember:
        """Say whose enrolment link this is.

        Raises:
            EnrolmentInvalid: unknown, used, too old, or the person is barred.
        """
        member = await store.open_enrolment(self._db, rules.hash_of(token), self._clock.now())
        if member is None:
            raise EnrolmentInvalid("this enrolment link was used, is too old or was never issued")
        return member

    async def enrol(self, token: str, passkey: NewPasskey) -> StaffMember:
        """Use up an enrolment link for a verified passkey.

        Raises:
            EnrolmentInvalid: see `enrolment`.
            PasskeyTaken: the passkey is registered already.
        """
        now = self._clock.now()
        token_hash = rules.hash_of(token)
        async with self._db.transaction() as conn:
            member = await store.open_enrolment(conn, token_hash, now)
            if member is None or not await store.use_enrolment(conn, token_hash, now):
                raise EnrolmentInvalid("this enrolment link was used, is too old or was never issued")
            await self._register(conn, member, passkey)
        return member

    async def add_passkey(self, member: StaffMember, passkey: NewPasskey) -> None:
        """Register a further passkey of a signed-in member.

        Raises:
            PasskeyTaken: the passkey is registered already.
        """
        async with self._db.transaction() as conn:
            await self._register(conn, member, passkey)

    async def _register(self, conn: store.Queries, member: StaffMember, passkey: NewPasskey) -> None:
        now = self._clock.now()
        if not await store.insert_passkey(conn, member.staff_id, passkey, now):
            raise PasskeyTaken("this passkey is registered already")
        detail = {"credential": passkey.credential_id.hex()}
        await audit.record(conn, now, member.actor, "staff.passkey_added", member.staff_id, detail)

    async def revoke_passkey(self, member: StaffMember, credential_id: bytes) -> None:
        """Remove one of a member's passkeys.

        Raises:
            LastPasskey: it is the only one.
            StaffNotFound: the member has no such passkey.
        """
        now = self._clock.now()
        async with self._db.transaction() as conn:
            await store.lock_member(conn, member.staff_id)
            if len(await store.passkeys_of(conn, member.staff_id)) < 2:
                raise LastPasskey("this is the only passkey; add another one first")
            if not await store.revoke_passkey(conn, member.staff_id, credential_id, now):
                raise StaffNotFound("no such passkey")
            detail = {"credential": credential_id.hex()}
            await audit.record(conn, now, member.actor, "staff.passkey_revoked", member.staff_id, detail)

    async def set_roles(self, staff_id: str, roles: Iterable[str], *, by: str) -> StaffMember:
        """Replace a member's roles; their sessions end, so that no page keeps an old right.

        Raises:
            StaffNotFound, RoleInvalid: see `parley.staff.errors`.
        """
        wanted = rules.check_roles(roles)
        async with self._db.transaction() as conn:
            before = await self._must(conn, staff_id)
            await store.set_roles(conn, staff_id, wanted)
            await store.delete_sessions(conn, Realm.STAFF, staff_id)
            after = await self._must(conn, staff_id)
            detail = {"before": sorted(map(str, before.roles)), "after": sorted(map(str, wanted))}
            await audit.record(conn, self._clock.now(), by, "staff.roles_changed", staff_id, detail)
        return after

    async def bar(self, staff_id: str, *, by: str) -> None:
        """Bar a member from the desk and end their sessions.

        Raises:
            StaffNotFound: nobody has that id.
            Conflict: people cannot bar themselves, so that the desk never loses its last administrator so.
        """
        now = self._clock.now()
        async with self._db.transaction() as conn:
            member = await self._must(conn, staff_id)
            if member.actor == by:
                raise Conflict("nobody bars themselves; another administrator does it")
            await store.set_disabled(conn, staff_id, now)
            await store.delete_sessions(conn, Realm.STAFF, staff_id)
            await audit.record(conn, now, by, "staff.barred", staff_id)

    async def readmit(self, staff_id: str, *, by: str) -> None:
        """Let a barred member sign in again.

        Raises:
            StaffNotFound: nobody has that id.
        """
        async with self._db.transaction() as conn:
            await self._must(conn, staff_id)
            await store.set_disabled(conn, staff_id, None)
            await audit.record(conn, self._clock.now(), by, "staff.readmitted", staff_id)

    async def _must(self, conn: store.Queries, staff_id: str) -> StaffMember:
        member = await store.member(conn, staff_id)
        if member is None:
            raise StaffNotFound("no such member")
        return member

    async def member(self, staff_id: str) -> StaffMember | None:
        """Read a member by id."""
        return await store.member(self._db, staff_id)

    async def by_name(self, name: str) -> StaffMember | None:
        """Read a member by name, whatever its capitals."""
        return await store.member_by_name(self._db, name)

    async def members(self) -> list[StaffMember]:
        """Read everybody, by name."""
        return await store.members(self._db)

    async def with_role(self, role: Role) -> list[StaffMember]:
        """Read who holds a role and may sign in."""
        return [m for m in await self.members() if role in m.roles and m.disabled_at is None]

    async def passkeys(self, staff_id: str) -> list[Passkey]:
        """Read a member's passkeys with their COSE public keys, oldest first."""
        return await store.passkeys_of(self._db, staff_id)

    async def passkey(self, credential_id: bytes) -> Passkey | None:
        """Read a passkey by its credential id, while it can be used."""
        return await store.passkey(self._db, credential_id)

    async def passkey_used(self, credential_id: bytes, sign_count: int) -> None:
        """Note a verified use of a passkey and the authenticator's counter."""
        await store.passkey_used(self._db, credential_id, sign_count, self._clock.now())
