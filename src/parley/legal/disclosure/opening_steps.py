"""The custodians' steps of a release, as the server sees them: it passes sealed things on and opens none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import CustodianId, new_id
from parley.legal.disclosure import delivery as deliveries
from parley.legal.disclosure import events, rules, store
from parley.legal.disclosure.errors import DeliveryInvalid, PackageInvalid, ReleaseNotReady
from parley.legal.disclosure.model import WITH_CUSTODIANS, Delivery, Field, Release, ReleaseState
from parley.legal.disclosure.package import Package, PackagedKey, PassedShare
from parley.legal.disclosure.ports import Identity, ReleaseLog
from parley.legal.disclosure.sealed_releases import SealedRelease, SealedReleases, check_passed
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.translog.errors import EntryPending, EntryUnknown
from parley.legal.translog.receipts import Receipt
from parley.legal.translog.service import APPEND_TOPIC
from parley.legal.vault.model import Custodian
from parley.legal.vault.service import Vault
from parley.storage import audit, outbox
from parley.storage.database import Executor

#: An age file of every address of a year is far smaller.
MAX_DELIVERY = 25 * 1024 * 1024
_AGE_HEADER = b"age-encryption.org/v1\n"


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A release that a custodian's tool may work on, and who has handed on their part."""

    release_id: str
    handed_on: tuple[CustodianId, ...]


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
        self._sealing = SealedReleases(vault)

    async def open_releases(self) -> tuple[OpenRelease, ...]:
        """Releases that wait for custodians, oldest first."""
        found = await store.releases(self._database, states=WITH_CUSTODIANS)
        return tuple(OpenRelease(release.release_id, release.handed_on) for release in found)

    async def waiting_for(self, custodian: Custodian) -> int:
        """How many open releases hold something that was handed to this custodian."""
        return await store.open_with_passed_to(self._database, custodian.number)

    async def package_for(self, custodian: Custodian, release_id: str) -> Package:
        """Put together what this custodian's tool needs. The last one also gets records and number.

        Raises:
            ReleaseNotFound, ReleaseClosed: there is nothing to open.
            ReleaseNotReady: signatures are missing, the log's batch has not come, or days of it are lost.
        """
        release = await store.release(self._database, release_id)
        rules.check_peel(release)
        receipt = await self._receipt(release)
        sealed = await self._sealing.of(release)
        if sealed.lost_days:
            raise ReleaseNotReady(
                f"nobody can open {len(sealed.lost_days)} days of it any more: the legal staff conclude that first"
            )
        last = sealed.is_last(custodian, release)
        package = _package(release, receipt, self._packaged(custodian, sealed), last)
        if last:
            records = await self._sealing.records_of(release, sealed)
            package = replace(package, records=records, phone=await self._phone(release))
        await self._note(custodian, "release.packaged", release_id, {"last": last})
        return package

    async def _receipt(self, release: Release) -> Receipt:
        assert release.log_entry is not None
        try:
            return await self._log.proof_for(release.log_entry)
        except (EntryPending, EntryUnknown):
            raise ReleaseNotReady("the decision waits for the next batch of the public log") from None

    async def _phone(self, release: Release) -> str | None:
        """The number as it was preserved for this task, or else as the account has it, where it is released."""
        request = release.signed.request
        if Field.PHONE not in request.fields:
            return None
        held = await self._vault.held_phone(release.task_id, request.account)
        return held or await self._identity.phone_of(request.account, release.release_id)

    def _packaged(self, custodian: Custodian, sealed: SealedRelease) -> tuple[PackagedKey, ...]:
        mine = custodian.number
        passed = {route.name: tuple(p for p in route.passed if p.receiver == mine) for route in sealed.routes}
        return tuple(
            PackagedKey(
                key.name,
                key.public_key,
                self._vault.shares_of(key, lambda share: share.holder == mine),
                passed[key.name],
            )
            for key in sealed.keys
        )

    async def accept_peeled(self, custodian: Custodian, release_id: str, passed: Sequence[PassedShare]) -> Release:
        """Take what a custodian hands on. They may repeat it until somebody has finished.

        Raises:
            ReleaseNotReady, ReleaseClosed: it is not the turn of custodians, or this one is the last already.
            PackageInvalid: shares of other keys, of or to other people, or none of a key that they hold.
        """
        numbers = {one.number for one in await self._vault.custodians()} - {custodian.number}
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await store.release(conn, release_id, lock=True)
            rules.check_peel(release)
            sealed = await self._sealing.of(release, conn)
            if sealed.is_last(custodian, release):
                raise ReleaseNotReady("others have handed on everything meanwhile: withdraw, and decide anew")
            held = {route.name for route in sealed.routes if route.held_by(custodian.number)}
            if sealed.routes and not held:
                raise ReleaseNotReady("you hold no share of these days")
            check_passed(passed, {key.name for key in sealed.keys}, held, custodian.number, numbers)
            await store.replace_passed(conn, release_id, custodian.number, passed)
            await store.mark_peeled(conn, release_id, custodian.custodian_id, now)
            await audit.record(
                conn, now, _actor(custodian), "release.peeled", release_id, {"keys": len({p.name for p in passed})}
            )
        return await store.release(self._database, release_id)

    async def sign_manifest(self, custodian: Custodian, release_id: str, hashes: dict[str, str]) -> SignedManifest:
        """Sign the manifest of the last custodian's delivery. The server writes it; from there come hashes only.

        Raises:
            ReleaseNotReady, ReleaseClosed, SamePerson: it is not this custodian's turn.
            DeliveryInvalid: not the hashes of exactly the two data files.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            release = await store.release(conn, release_id, lock=True)
            rules.check_finish(release, custodian.custodian_id)
            people = (*release.handed_on, custodian.custodian_id)
            manifest = deliveries.write_manifest(
                release.signed, release.delivery_id, hashes, people, release.given_up
            )
            await store.keep_manifest(conn, release_id, custodian.custodian_id, manifest, now)
            digest = hashlib.sha256(manifest).hexdigest()
            await audit.record(
                conn, now, _actor(custodian), "release.manifest_signed", release_id, {"sha256": digest}
            )
        return SignedManifest(manifest, self._delivery_key.sign(manifest))

    async def accept_delivery(self, custodian: Custodian, release_id: str, sealed: bytes, records: int) -> Delivery:
        """Take the sealed delivery of the last custodian; the same bytes again change nothing.

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
            release = await store.release(conn, release_id, lock=True)
            rules.check_finish(release, custodian.custodian_id)
            if not await store.has_manifest(conn, release_id, custodian.custodian_id):
                raise DeliveryInvalid("no manifest was signed for this delivery")
            delivery = _delivery(release, digest, len(sealed), records, now)
            await self._deliver(conn, release, delivery, custodian, sealed)
        return delivery

    async def _deliver(
        self, conn: Executor, release: Release, delivery: Delivery, custodian: Custodian, sealed: bytes
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
        await store.release(self._database, release_id)
        await self._note(custodian, "release.refused_by_custodian", release_id, {"reason": reason})

    async def _note(self, who: Custodian, action: str, subject: str, detail: dict[str, audit.JSON]) -> None:
        await audit.record(self._database, self._clock.now(), _actor(who), action, subject, detail)


def _actor(custodian: Custodian) -> str:
    return f"custodian:{custodian.name}"


def _package(release: Release, receipt: Receipt, keys: tuple[PackagedKey, ...], last: bool) -> Package:
    return Package(
        release_id=release.release_id,
        delivery_id=release.delivery_id,
        request=release.signed.canonical,
        order=release.order_document,
        filing=release.filing,
        approvals=tuple(approval.signature for approval in release.approvals),
        receipt=receipt,
        keys=keys,
        earlier=release.handed_on,
        last=last,
        given_up=release.given_up,
    )


def _delivery(release: Release, digest: str, size: int, records: int, now: datetime) -> Delivery:
    return Delivery(
        release.delivery_id, release.release_id, release.order_id, release.officer,
        release.signed.request.recipient_key, digest, size, records, now, now + rules.DELIVERY_LIFE,
    )  # fmt: skip


def _handed_over(release: Release, delivery: Delivery) -> tuple[Field, ...]:
    """The fields that the person is told of: no addresses where all that there were are lost."""
    fields = release.signed.request.fields
    if release.given_up and not delivery.records:
        return tuple(field for field in fields if field is Field.PHONE)
    return fields


def _disclosed(release: Release, delivery: Delivery, log_entry: str) -> dict[str, object]:
    return {
        "release_id": release.release_id,
        "order_id": release.order_id,
        "task_id": release.task_id,
        "delivery_id": delivery.delivery_id,
        "account": int(release.signed.request.account),
        "fields": [str(field) for field in _handed_over(release, delivery)],
        "records": delivery.records,
        "given_up": len(release.given_up),
        "log_entry": log_entry,
        "disclosed_at": delivery.delivered_at.isoformat(),
    }
