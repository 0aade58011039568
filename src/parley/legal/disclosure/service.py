"""The desk's side of a release: prepare it, sign it by two people, send the decision to the public log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from parley.core.clock import Clock
from parley.core.ids import OrderId, StaffId, new_id
from parley.legal.disclosure import events, passkeys, rules, store
from parley.legal.disclosure.errors import (
    AssertionInvalid,
    DisclosureError,
    ReleaseClosed,
    RequestInvalid,
    RoleMissing,
)
from parley.legal.disclosure.model import (
    WITH_CUSTODIANS,
    Approval,
    NewRelease,
    PasskeyHolder,
    PasskeySignature,
    Release,
    ReleaseState,
)
from parley.legal.disclosure.ports import Passkeys
from parley.legal.translog.service import APPEND_TOPIC
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor


@dataclass(frozen=True, slots=True)
class Site:
    """Where people's passkeys work: the web origin and its relying party id."""

    origin: str
    rp_id: str


class Releases:
    """Releases as the legal desk handles them."""

    def __init__(self, database: Database, clock: Clock, keys: Passkeys, site: Site) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys
        self._site = site

    async def prepare(self, new: NewRelease, actor: str) -> Release:
        """Store a release for two people to sign; the officer's passkey signature is checked first.

        `actor` is how the audit trail names who prepared it, such as `staff:NAME`; so everywhere below.

        Raises:
            RequestInvalid: the request contradicts itself or reaches into the future, or its task has a release.
            AssertionInvalid: the officer did not sign this order for this recipient.
        """
        now = self._clock.now()
        signed = rules.check_new(new, now)
        challenge = rules.filing_challenge(new.request.order_sha256, new.request.recipient_key)
        self._verify(new.filing, await self._keys.officers(), challenge)
        release_id = new_id()
        try:
            async with self._database.transaction() as conn:
                await store.insert_release(conn, release_id, new_id(), new, signed, now)
                detail = {"order": new.order_id, "task": new.task_id, "request_sha256": signed.sha256.hex()}
                await audit.record(conn, now, actor, "release.prepared", release_id, detail)
        except asyncpg.UniqueViolationError:
            raise RequestInvalid("this task or this nonce has a release already") from None
        return await self.get(release_id)

    async def get(self, release_id: str) -> Release:
        """One release.

        Raises:
            ReleaseNotFound: there is none of this id.
        """
        return await store.release(self._database, release_id)

    async def of_order(self, order_id: OrderId) -> tuple[Release, ...]:
        """The releases of an order, oldest first."""
        return await store.releases(self._database, order_id=order_id)

    async def challenge(self, release_id: str) -> bytes:
        """What a decider's passkey has to sign: SHA-256 of the request's canonical bytes."""
        return (await self.get(release_id)).signed.sha256

    async def approve(self, release_id: str, staff: StaffId, assertion: str, actor: str) -> Release:
        """Sign a release. `assertion` is the browser's `AuthenticationResponseJSON` over `challenge`.

        The second person's signature sends the decision to the log's next batch. A refused attempt is audited.

        Raises:
            ReleaseNotFound, ReleaseClosed, SamePerson: this person cannot sign this release now.
            AssertionInvalid: it is not this person's signature of this request.
        """
        try:
            return await self._approve(release_id, staff, assertion, actor)
        except DisclosureError as error:
            await audit.record(
                self._database, self._clock.now(), actor, "release.signature_refused", release_id,
                {"error": type(error).__name__},
            )  # fmt: skip
            raise

    async def _approve(self, release_id: str, staff: StaffId, assertion: str, actor: str) -> Release:
        credential = passkeys.credential_of(assertion)
        deciders = await self._keys.deciders()
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await store.release(conn, release_id, lock=True)
            rules.check_approval(release, staff)
            signature = PasskeySignature(staff, credential, assertion)
            self._verify(signature, deciders, release.signed.sha256)
            approval = Approval(staff, signature, now)
            await store.insert_approval(conn, release_id, approval)
            complete = rules.decided((*release.approvals, approval))
            if complete:
                await self._decide(conn, release)
            action = "release.decided" if complete else "release.signed"
            await audit.record(
                conn, now, actor, action, release_id, {"request_sha256": release.signed.sha256.hex()}
            )
        return await self.get(release_id)

    async def _decide(self, conn: Executor, release: Release) -> None:
        entry = new_id()
        await store.mark_decided(conn, release.release_id, entry, self._clock.now())
        await outbox.put(conn, "legal", APPEND_TOPIC, events.log_payload(entry, events.decided_opening(release)))

    async def withdraw(self, release_id: str, actor: str, reason: str) -> Release:
        """Stop a release that nothing was delivered from.

        Raises:
            ReleaseClosed: it was delivered, or is closed.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await store.release(conn, release_id, lock=True)
            if release.state not in (ReleaseState.PREPARED, *WITH_CUSTODIANS):
                raise ReleaseClosed("this release was delivered or is closed")
            await store.forget_passed(conn, release_id)
            await store.mark(conn, release_id, ReleaseState.WITHDRAWN, now)
            await audit.record(conn, now, actor, "release.withdrawn", release_id, {"reason": reason})
        return await self.get(release_id)

    def _verify(self, signature: PasskeySignature, holders: Sequence[PasskeyHolder], challenge: bytes) -> None:
        verify_by_one_of(signature, holders, challenge, self._site)


def verify_by_one_of(
    signature: PasskeySignature, holders: Sequence[PasskeyHolder], challenge: bytes, site: Site
) -> None:
    """Check a signature against the passkeys of the person that it names.

    Raises:
        RoleMissing: that person has no passkey for this step.
        AssertionInvalid: none of theirs signed this.
    """
    own = [holder for holder in holders if holder.person == signature.person]
    if not own:
        raise RoleMissing("this person has no passkey that counts here")
    holder = next((one for one in own if one.credential_id == signature.credential_id), None)
    if holder is None:
        raise AssertionInvalid("the signature comes from a passkey that is not this person's")
    passkeys.verify(signature, holder, challenge, site.rp_id, site.origin)
