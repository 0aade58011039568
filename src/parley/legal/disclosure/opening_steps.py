"""The custodians' steps of a release, as the server sees them: it passes sealed things on and opens none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from parley.core.clock import Clock
from parley.core.ids import CustodianId, new_id
from parley.legal.disclosure import delivery as deliveries
from parley.legal.disclosure import events, rules, store
from parley.legal.disclosure.errors import (
    DeliveryInvalid,
    PackageInvalid,
    ReleaseClosed,
    ReleaseNotFound,
    ReleaseNotReady,
)
from parley.legal.disclosure.model import Delivery, Field, Release, ReleaseState
from parley.legal.disclosure.package import Package, PackagedKey, PassedShare
from parley.legal.disclosure.ports import Identity, ReleaseLog
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.translog.errors import EntryPending, EntryUnknown
from parley.legal.translog.receipts import Receipt
from parley.legal.translog.service import APPEND_TOPIC
from parley.legal.vault.model import Custodian, DayKey, KeyName, SealedRecord, Share
from parley.legal.vault.service import Vault
from parley.storage import audit, outbox

#: An age file of every address of a year is far smaller.
MAX_DELIVERY = 25 * 1024 * 1024
_AGE_HEADER = b"age-encryption.org/v1\n"
_OPEN = (ReleaseState.DECIDED, ReleaseState.PEELED)


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A release that a custodian's tool may work on, and whether somebody else must be the second."""

    release_id: str
    state: ReleaseState
    first_custodian: CustodianId | None
    decided_before: datetime


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest that the operator's delivery key signed."""

    manifest: bytes
    signature: bytes


class OpeningSteps:
    """Hands packages to custodians' tools and takes back what they made of them."""

    def __init__(
        self, vault: Vault, clock: Clock, release_log: ReleaseLog, identity: Identity, delivery_key: DeliveryKey
    ) -> None:
        self._vault = vault
        self._database = vault.database
        self._clock = clock
        self._log = release_log
        self._identity = identity
        self._delivery_key = delivery_key

    async def open_releases(self) -> tuple[OpenRelease, ...]:
        """Releases that wait for a first or a second custodian, oldest first."""
        found = await store.releases(self._database, states=_OPEN)
        return tuple(OpenRelease(r.release_id, r.state, r.first_custodian, r.prepared_at) for r in found)

    async def package_for(self, custodian: Custodian, release_id: str) -> Package:
        """Put together what this custodian's tool needs. The second one also gets records and number.

        Raises:
            ReleaseNotFound, ReleaseClosed: there is nothing to open.
            ReleaseNotReady: signatures are missing, or the log's batch has not come.
        """
        release = await self._get(release_id)
        if release.state is ReleaseState.PREPARED:
            raise ReleaseNotReady("two people must sign this release first")
        if release.state not in _OPEN:
            raise ReleaseClosed("this release was delivered or is closed")
        receipt = await self._receipt(release)
        second = release.state is ReleaseState.PEELED and release.first_custodian != custodian.custodian_id
        package = await (self._second if second else self._first)(custodian, release, receipt)
        await self._note(custodian, "release.packaged", release_id, {"second": second})
        return package

    async def _receipt(self, release: Release) -> Receipt:
        assert release.log_entry is not None
        try:
            return await self._log.proof_for(release.log_entry)
        except (EntryPending, EntryUnknown):
            raise ReleaseNotReady("the decision waits for the next batch of the public log") from None

    async def _first(self, custodian: Custodian, release: Release, receipt: Receipt) -> Package:
        keys, _ = await self._vault.sealed_days(release.signed.request.account, release.signed.request.days)
        packaged = tuple(
            PackagedKey(key.name, key.public_key, self._shares(key, custodian.number, None)) for key in keys
        )
        return _package(release, receipt, packaged)

    async def _second(self, custodian: Custodian, release: Release, receipt: Receipt) -> Package:
        request = release.signed.request
        keys, records = await self._vault.sealed_days(request.account, request.days)
        first = next(c for c in await self._vault.custodians() if c.custodian_id == release.first_custodian)
        everything = await store.passed(self._database, release.release_id)
        passed = {p.name: p for p in everything if p.receiver == custodian.number}
        handed_on = {p.name for p in everything}
        packaged = tuple(
            PackagedKey(
                key.name,
                key.public_key,
                self._shares(key, custodian.number, first.number),
                (passed[key.name],) if key.name in passed else (),
            )
            for key in keys
            if key.name in handed_on
        )
        phone = await self._phone(release) if Field.PHONE in request.fields else None
        kept = tuple(record for record in records if record.name in handed_on)
        return _package(release, receipt, packaged, first.custodian_id, kept, phone)

    async def _phone(self, release: Release) -> str | None:
        """The number as it was preserved for this task, or else as the account has it."""
        account = release.signed.request.account
        return await self._vault.held_phone(release.task_id, account) or await self._identity.phone_of(account)

    def _shares(self, key: DayKey, holder: int, partner: int | None) -> tuple[Share, ...]:
        def wanted(share: Share) -> bool:
            return share.holder == holder and partner in (None, share.partner)

        return self._vault.shares_of(key, wanted)

    async def accept_peeled(self, custodian: Custodian, release_id: str, passed: Sequence[PassedShare]) -> Release:
        """Take what the first custodian passes on. The same custodian may repeat it until a second has finished.

        Raises:
            ReleaseNotReady, ReleaseClosed: it is not the turn of a first custodian.
            PackageInvalid: shares of other keys, of or to other people, or none for some key.
        """
        numbers = {one.number for one in await self._vault.custodians()} - {custodian.number}
        now = self._clock.now()
        request = (await self._get(release_id)).signed.request
        keys, _ = await self._vault.sealed_days(request.account, request.days)
        async with self._database.transaction() as conn:
            release = await self._locked(conn, release_id)
            rules.check_peel(release, custodian.custodian_id)
            _check_passed(passed, {key.name for key in keys}, custodian.number, numbers)
            await store.replace_passed(conn, release_id, passed)
            await store.mark_peeled(conn, release_id, custodian.custodian_id, now)
            await audit.record(
                conn, now, _actor(custodian), "release.peeled", release_id, {"keys": len({p.name for p in passed})}
            )
        return await self._get(release_id)

    async def sign_manifest(self, custodian: Custodian, release_id: str, hashes: dict[str, str]) -> SignedManifest:
        """Sign the manifest of the second custodian's delivery. The server writes it; from there come hashes only.

        Raises:
            ReleaseNotReady, ReleaseClosed, SamePerson: it is not this custodian's turn.
            DeliveryInvalid: not the hashes of exactly the two data files.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await self._locked(conn, release_id)
            rules.check_finish(release, custodian.custodian_id)
            assert release.first_custodian is not None
            people = (release.first_custodian, custodian.custodian_id)
            manifest = deliveries.write_manifest(release.signed, release.delivery_id, hashes, people)
            await store.keep_manifest(conn, release_id, custodian.custodian_id, manifest, now)
            digest = hashlib.sha256(manifest).hexdigest()
            await audit.record(
                conn, now, _actor(custodian), "release.manifest_signed", release_id, {"sha256": digest}
            )
        return SignedManifest(manifest, self._delivery_key.sign(manifest))

    async def accept_delivery(self, custodian: Custodian, release_id: str, sealed: bytes, records: int) -> Delivery:
        """Take the sealed delivery of the second custodian; the same bytes again change nothing.

        Raises:
            ReleaseNotReady, ReleaseClosed, SamePerson: it is not this custodian's turn.
            DeliveryInvalid: no age file, too large, or no manifest was signed for it.
        """
        digest = hashlib.sha256(sealed).hexdigest()
        if not sealed.startswith(_AGE_HEADER) or len(sealed) > MAX_DELIVERY or records < 0:
            raise DeliveryInvalid(f"a delivery is an age file of at most {MAX_DELIVERY} bytes")
        known = await store.delivery_of(self._database, release_id)
        if known is not None and known.sealed_sha256 == digest:
            return known
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await self._locked(conn, release_id)
            rules.check_finish(release, custodian.custodian_id)
            if not await store.has_manifest(conn, release_id, custodian.custodian_id):
                raise DeliveryInvalid("no manifest was signed for this delivery")
            delivery = _delivery(release, digest, len(sealed), records, now)
            await self._deliver(conn, release, delivery, custodian, sealed)
        return delivery

    async def _deliver(
        self, conn: asyncpg.Connection, release: Release, delivery: Delivery, custodian: Custodian, sealed: bytes
    ) -> None:
        entry = new_id()
        await store.insert_delivery(conn, delivery, custodian.custodian_id, sealed, entry)
        await store.forget_passed(conn, release.release_id)
        await store.mark(conn, release.release_id, ReleaseState.DELIVERED, delivery.delivered_at)
        await outbox.put(conn, "legal", APPEND_TOPIC, events.log_payload(entry, events.disclosed_opening(release)))
        await outbox.put(conn, "legal", events.DISCLOSED_TOPIC, _disclosed(release, delivery, entry))
        await audit.record(
            conn, delivery.delivered_at, _actor(custodian), "release.delivered", release.release_id,
            {"delivery": delivery.delivery_id, "records": delivery.records},
        )  # fmt: skip

    async def report_refusal(self, custodian: Custodian, release_id: str, reason: str) -> None:
        """Record that a custodian's tool refused to open, and why in one word.

        Raises:
            ReleaseNotFound: no such release.
            PackageInvalid: the reason is no short word.
        """
        if not reason.isidentifier() or len(reason) > 64:
            raise PackageInvalid("a reason is one short word")
        await self._get(release_id)
        await self._note(custodian, "release.refused_by_custodian", release_id, {"reason": reason})

    async def _note(self, who: Custodian, action: str, subject: str, detail: dict[str, audit.JSON]) -> None:
        await audit.record(self._database, self._clock.now(), _actor(who), action, subject, detail)

    async def _get(self, release_id: str) -> Release:
        release = await store.release(self._database, release_id)
        if release is None:
            raise ReleaseNotFound("no such release")
        return release

    async def _locked(self, conn: asyncpg.Connection, release_id: str) -> Release:
        release = await store.locked_release(conn, release_id)
        if release is None:
            raise ReleaseNotFound("no such release")
        return release


def _actor(custodian: Custodian) -> str:
    return f"custodian:{custodian.name}"


def _package(
    release: Release,
    receipt: Receipt,
    keys: tuple[PackagedKey, ...],
    first: CustodianId | None = None,
    records: tuple[SealedRecord, ...] = (),
    phone: str | None = None,
) -> Package:
    return Package(
        release_id=release.release_id,
        delivery_id=release.delivery_id,
        request=release.signed.canonical,
        order=release.order_document,
        filing=release.filing,
        approvals=tuple(approval.signature for approval in release.approvals),
        receipt=receipt,
        keys=keys,
        first=first,
        records=records,
        phone=phone,
    )


def _check_passed(passed: Sequence[PassedShare], names: set[KeyName], sender: int, receivers: set[int]) -> None:
    if any(p.name not in names or p.sender != sender or p.receiver not in receivers for p in passed):
        raise PackageInvalid("a passed share is of another key or between other people")
    if {p.name for p in passed} != names:
        raise PackageInvalid("something must be passed on for every day key")
    if len({(p.name, p.receiver) for p in passed}) != len(passed):
        raise PackageInvalid("a share is passed to each custodian once")


def _delivery(release: Release, digest: str, size: int, records: int, now: datetime) -> Delivery:
    return Delivery(
        release.delivery_id, release.release_id, release.order_id, release.officer,
        release.signed.request.recipient_key, digest, size, records, now, now + rules.DELIVERY_LIFE,
    )  # fmt: skip


def _disclosed(release: Release, delivery: Delivery, log_entry: str) -> dict[str, object]:
    return {
        "release_id": release.release_id,
        "order_id": release.order_id,
        "task_id": release.task_id,
        "delivery_id": delivery.delivery_id,
        "account": int(release.signed.request.account),
        "fields": [str(field) for field in release.signed.request.fields],
        "records": delivery.records,
        "log_entry": log_entry,
        "disclosed_at": delivery.delivered_at.isoformat(),
    }
