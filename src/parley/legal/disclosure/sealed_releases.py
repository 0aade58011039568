"""What lies sealed of a release: which keys custodians can still open, what was handed on of each, what is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from parley.legal.disclosure import routes, store
from parley.legal.disclosure.errors import PackageInvalid
from parley.legal.disclosure.model import Release
from parley.legal.disclosure.package import PassedShare
from parley.legal.disclosure.routes import Route
from parley.legal.vault import losses
from parley.legal.vault.model import Custodian, DayKey, KeyName, SealedRecord
from parley.legal.vault.service import Vault
from parley.storage.database import Executor


@dataclass(frozen=True, slots=True)
class SealedRelease:
    """The keys that custodians can still open with their routes, and the days of keys that are lost and not given
    up yet."""

    keys: tuple[DayKey, ...]
    routes: tuple[Route, ...]
    lost_days: tuple[date, ...]

    def is_last(self, custodian: Custodian, release: Release) -> bool:
        """Whether this custodian has every key, and somebody else has done their part before."""
        others = bool(release.handed_on) and custodian.custodian_id not in release.handed_on
        return others and routes.is_last(custodian.number, self.routes)


class SealedReleases:
    """Looks up what lies sealed of releases."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def of(self, release: Release, conn: Executor | None = None) -> SealedRelease:
        """What lies sealed of one release; whoever is in a transaction reads by its connection."""
        conn, request = conn or self._vault.database, release.signed.request
        keys = await self._vault.sealed_keys(request.account, request.days, conn)
        passed = await store.passed(conn, release.release_id)
        serving = {one.number for one in losses.serving(await self._vault.custodians(conn))}
        found = routes.routes(((key.name, self._vault.pairs_of(key)) for key in keys), passed)
        openable = tuple(route for route in found if route.openable_by(serving))
        names = {route.name for route in openable}
        lost = {key.name.day for key in keys if key.name not in names} - set(release.given_up)
        return SealedRelease(
            tuple(key for key in keys if key.name in names),
            openable,
            tuple(sorted(lost)),
        )

    async def records_of(self, release: Release, sealed: SealedRelease) -> tuple[SealedRecord, ...]:
        """The addresses under the keys that custodians can still open, as sealed as they are."""
        names = {key.name for key in sealed.keys}
        return await self._vault.sealed_records(release.signed.request.account, names)


def check_passed(
    passed: Sequence[PassedShare], names: set[KeyName], held: set[KeyName], sender: int, receivers: set[int]
) -> None:
    """Check that what a custodian hands on is of this release, between the right people, and complete.

    Raises:
        PackageInvalid: it is not.
    """
    if any(p.name not in names or p.sender != sender or p.receiver not in receivers for p in passed):
        raise PackageInvalid("a passed share is of another key or between other people")
    if not held <= {p.name for p in passed}:
        raise PackageInvalid("something must be passed on for every day key that you hold a half of")
    if len({(p.name, p.receiver) for p in passed}) != len(passed):
        raise PackageInvalid("a share is passed to each custodian once")
