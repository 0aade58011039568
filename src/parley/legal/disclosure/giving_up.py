"""Giving up what nobody can open any more, so that a release never waits for keys that are gone.

It takes two people, like every end of an order. What can still be opened goes on, and the delivery names the days
that are missing; where nothing is left, the release ends as unrecoverable and the order is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from parley.core.clock import Clock
from parley.legal.disclosure import events, giving_up_store, store
from parley.legal.disclosure.errors import NothingLost, ReleaseClosed, SamePerson
from parley.legal.disclosure.model import WITH_CUSTODIANS, Field, GivingUp, Release, ReleaseState
from parley.legal.disclosure.sealed_releases import SealedRelease, SealedReleases
from parley.legal.vault import rules as vault_rules
from parley.legal.vault.service import Vault
from parley.storage import audit, outbox
from parley.storage.database import Executor


@dataclass(frozen=True, slots=True)
class Prospects:
    """What can be opened of a release: the days that can, those that are lost, a proposal to give these up."""

    openable: tuple[date, ...]
    lost: tuple[date, ...]
    proposal: GivingUp | None


class GivingsUp:
    """The desk's steps about releases of which something is lost."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._database = vault.database
        self._clock = clock
        self._sealing = SealedReleases(vault)

    async def prospects(self, release: Release) -> Prospects | None:
        """What can be opened of a release that waits for custodians; None for any other."""
        if release.state not in WITH_CUSTODIANS:
            return None
        sealed = await self._sealing.of(release)
        days = tuple(sorted({key.name.day for key in sealed.keys}))
        return Prospects(days, sealed.lost_days, await giving_up_store.waiting(self._database, release.release_id))

    async def propose(self, release_id: str, why: str, actor: str) -> None:
        """Propose to give up what nobody can open, as the first person.

        Raises:
            ReleaseNotFound, ReleaseClosed: no release that waits for custodians.
            NothingLost: everything of it can be opened, or somebody has proposed it already.
            ReasonMissing: it does not say why.
        """
        now, reason = self._clock.now(), vault_rules.reason(why)
        async with self._database.transaction() as conn:
            lost = _lost(await self._sealing.of(await self._locked(conn, release_id), conn))
            if await giving_up_store.waiting(conn, release_id) is not None:
                raise NothingLost("this is proposed already")
            await giving_up_store.propose(conn, GivingUp(release_id, reason, actor, now))
            detail: dict[str, audit.JSON] = {"why": reason, "days": len(lost)}
            await audit.record(conn, now, actor, "release.giving_up_proposed", release_id, detail)

    async def decline(self, release_id: str, actor: str) -> None:
        """Turn a proposal down.

        Raises:
            ReleaseNotFound, ReleaseClosed, NothingLost: there is none.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await self._locked(conn, release_id)
            await self._proposal(conn, release_id)
            await giving_up_store.end(conn, release_id, actor, now, confirmed=False)
            await audit.record(conn, now, actor, "release.giving_up_declined", release_id)

    async def confirm(self, release_id: str, actor: str) -> Release:
        """Give up what nobody can open, as the second person; with nothing left the release ends.

        Raises:
            ReleaseNotFound, ReleaseClosed: no release that waits for custodians.
            NothingLost: there is no proposal, or everything can be opened by now.
            SamePerson: the same person proposed it.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await self._locked(conn, release_id)
            proposal = await self._proposal(conn, release_id)
            if proposal.proposed_by == actor:
                raise SamePerson("another person has to confirm that this is lost")
            sealed = await self._sealing.of(release, conn)
            lost = _lost(sealed)
            await giving_up_store.end(conn, release_id, actor, now, confirmed=True)
            await store.give_up(conn, release_id, sorted({*release.given_up, *lost}))
            detail = {"why": proposal.why, "proposed_by": proposal.proposed_by, "days": [str(day) for day in lost]}
            await audit.record(conn, now, actor, "release.given_up", release_id, detail)
            if not sealed.keys and Field.PHONE not in release.signed.request.fields:
                await self._end(conn, release, actor)
        return await store.release(self._database, release_id)

    async def _end(self, conn: Executor, release: Release, actor: str) -> None:
        now = self._clock.now()
        await store.forget_passed(conn, release.release_id)
        await store.mark(conn, release.release_id, ReleaseState.UNRECOVERABLE, now)
        payload = {
            "release_id": release.release_id,
            "order_id": release.order_id,
            "task_id": release.task_id,
            "account": int(release.signed.request.account),
            "concluded_at": now.isoformat(),
        }
        await outbox.put(conn, "legal", events.UNRECOVERABLE_TOPIC, payload)
        await audit.record(conn, now, actor, "release.unrecoverable", release.release_id)

    async def _proposal(self, conn: Executor, release_id: str) -> GivingUp:
        found = await giving_up_store.waiting(conn, release_id)
        if found is None:
            raise NothingLost("nobody has proposed to give anything up")
        return found

    async def _locked(self, conn: Executor, release_id: str) -> Release:
        release = await store.release(conn, release_id, lock=True)
        if release.state not in WITH_CUSTODIANS:
            raise ReleaseClosed("this release does not wait for custodians")
        return release


def _lost(sealed: SealedRelease) -> tuple[date, ...]:
    if not sealed.lost_days:
        raise NothingLost("custodians can open everything of this release")
    return sealed.lost_days
