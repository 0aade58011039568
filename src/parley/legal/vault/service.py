"""The vault's actions: who is a custodian, how long days are kept, what is preserved, what is handed to a release.

Nothing here can open an address: the service handles what is sealed, and deletes it in time.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence, Set
from datetime import date, datetime, timedelta

from parley.core.clock import Clock
from parley.core.ids import AccountId, CustodianId, TaskId, new_id
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.legal.vault import (
    custodian_store,
    enrolments,
    envelopes,
    held_numbers,
    hold_store,
    losses,
    rules,
    store,
)
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.errors import (
    CustodianUnknown,
    EnrolmentRefused,
    ErasureKeyGone,
    HoldNotFound,
)
from parley.legal.vault.model import (
    Custodian,
    CustodianStatus,
    DayKey,
    Enrolment,
    EnrolmentToken,
    Hold,
    KeyName,
    SealedRecord,
    Share,
    VaultStatus,
)
from parley.legal.vault.ports import NewSealers
from parley.legal.vault.tallies import Tallies
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor

log = logging.getLogger(__name__)


class Vault:
    """The vault as the legal desk, the custodians' interface and the background worker use it."""

    def __init__(
        self, database: Database, erasure: ErasureKeys, clock: Clock, *,
        retention_days: int = 30, sealers: Sequence[NewSealers] = (),
    ) -> None:  # fmt: skip
        self.database = database
        self.erasure = erasure
        self.clock = clock
        self.tallies = Tallies(database, erasure, clock)
        self._retention = min(retention_days, rules.LONGEST_RETENTION_DAYS)
        self._sealers = tuple(sealers)

    async def status(self) -> VaultStatus:
        """What the start page and the policy page say about addresses."""
        active = await store.sealing_keys(self.database)
        return VaultStatus(rules.enough(active), len(active), self._retention)

    async def stores_addresses(self) -> bool:
        """Whether any address is kept at all."""
        return (await self.status()).enabled

    def retention(self) -> timedelta:
        """How long addresses are kept, where an account asked for nothing shorter."""
        return timedelta(days=self._retention)

    async def issue_token(self, name: str, by: str) -> EnrolmentToken:
        """Make a one-time token with which `name` enrols as a custodian; `by` is the actor of the audit trail."""
        now = self.clock.now()
        token = EnrolmentToken(secrets.token_hex(32), name, now + rules.ENROLMENT_LIFE)
        async with self.database.transaction() as conn:
            await custodian_store.insert_token(conn, _hash(token.token), token)
            await audit.record(conn, now, by, "vault.custodian_invited", name)
        return token

    async def invited(self, token: str) -> str:
        """The name that a valid enrolment token was made for.

        Raises:
            EnrolmentRefused: the token is unknown, used or too old.
        """
        name = await custodian_store.token_name(self.database, _hash(token), self.clock.now())
        if name is None:
            raise EnrolmentRefused("this enrolment token is unknown, used or too old")
        return name

    async def enrol(self, enrolment: Enrolment) -> Custodian:
        """Register a custodian's public keys; new day keys are wrapped for them from their first day on.

        Raises:
            EnrolmentRefused: the token is unknown, used or too old, or the keys are not theirs.
            TooManyCustodians: there are as many as a day key can be wrapped for.
        """
        enrolments.check(enrolment)
        now = self.clock.now()
        async with self.database.transaction() as conn:
            await custodian_store.lock_custodians(conn)
            name = await custodian_store.use_token(conn, _hash(enrolment.token), now)
            if name is None:
                raise EnrolmentRefused("this enrolment token is unknown, used or too old")
            everybody = await custodian_store.custodians(conn)
            sealed_today = await store.sealed_on(conn, rules.day_of(now))
            custodian = enrolments.admit(enrolment, name, everybody, now, sealed_today)
            await custodian_store.insert_custodian(conn, custodian)
            await self.publish(conn, "custodian", custodian.custodian_id, custodian.seal_key)
            await audit.record(conn, now, f"custodian:{name}", "vault.custodian_enrolled", custodian.custodian_id)
        await self.refresh_sealers()
        return custodian

    async def custodians(self, conn: Executor | None = None) -> tuple[Custodian, ...]:
        """Everybody who is or was a custodian."""
        return await custodian_store.custodians(conn or self.database)

    async def custodian(self, custodian_id: str) -> Custodian:
        """One custodian who may use their keys: active or leaving.

        Raises:
            CustodianUnknown: nobody who does has this id.
        """
        custodian = await custodian_store.custodian(self.database, custodian_id)
        if custodian is None:
            raise CustodianUnknown("no custodian who holds keys has this id")
        return custodian

    async def let_go(self, custodian_id: CustodianId, by: str, why: str) -> Custodian:
        """Let a custodian leave: no further keys are wrapped for them, and they still open and move older days.

        They have left when nothing that is kept needs their keys, or when somebody removes them.

        Raises:
            CustodianUnknown: nobody who holds keys has this id.
            ReasonMissing: it does not say why.
        """
        custodian = await self.custodian(custodian_id)
        now, reason = self.clock.now(), rules.reason(why)
        async with self.database.transaction() as conn:
            await custodian_store.custodian_leaves(conn, custodian_id, now, reason)
            await self.publish(conn, "custodian_leaving", custodian_id, custodian.seal_key)
            await audit.record(conn, now, by, "vault.custodian_leaving", custodian_id, {"why": reason})
        await self.refresh_sealers()
        return await self.custodian(custodian_id)

    async def remove_custodian(self, custodian_id: CustodianId, by: str, why: str) -> Custodian:
        """End a custodian's part at once: they open nothing any more, and what only they could open is lost.

        Raises:
            CustodianUnknown: nobody who holds keys has this id.
            ReasonMissing: it does not say why.
        """
        custodian = await self.custodian(custodian_id)
        now, reason = self.clock.now(), rules.reason(why)
        async with self.database.transaction() as conn:
            await custodian_store.custodian_left(conn, custodian_id, now, reason)
            await self.publish(conn, "custodian_left", custodian_id, custodian.seal_key)
            await audit.record(conn, now, by, "vault.custodian_left", custodian_id, {"why": reason})
        await self.refresh_sealers()
        return custodian

    async def note_policy(self, custodian: Custodian, minimum: int, names: Sequence[str]) -> None:
        """Take note of how many cosignatures a custodian's tool demands, and whose; their tool enforces it, not we.

        Raises:
            PolicyInvalid: no policy that could be shown.
        """
        rules.check_policy(minimum, names)
        who = custodian.custodian_id
        async with self.database.transaction() as conn:
            await custodian_store.note_policy(conn, who, minimum, names)
            detail: dict[str, audit.JSON] = {"minimum": minimum, "of": list(names)}
            actor = f"custodian:{custodian.name}"
            await audit.record(conn, self.clock.now(), actor, "vault.custodian_policy", who, detail)

    async def refresh_sealers(self) -> None:
        """Let the sealers of this process read the custodians again; those of others do so within seconds."""
        for sealer in self._sealers:
            await sealer.refresh()

    async def set_retention(self, account: AccountId, days: int | None, by: str) -> None:
        """Keep an account's addresses for a shorter time (None: as the operator keeps them).

        Older days go at the next sweep; their erasure keys, which cover other accounts too, in their own time.

        Raises:
            RetentionInvalid: not a retention that is offered.
        """
        if days is not None:
            rules.check_retention(days, self._retention)
        async with self.database.transaction() as conn:
            await store.set_retention(conn, account, days)
            await audit.record(conn, self.clock.now(), by, "vault.retention", str(account), {"days": days})

    async def sweep(self) -> tuple[str, ...]:
        """Shred the erasure keys whose time has come, then delete the rows and the lapsed holds.

        The keys go first: after a crash in between, what is left opens nothing. Gives the keys' names.
        """
        now = self.clock.now()
        today = rules.day_of(now)
        due = [name for name in self.erasure.names() if rules.expired(name, today, self._retention)]
        for name in due:
            self.erasure.shred(name)
        async with self.database.transaction() as conn:
            await store.delete_before(conn, rules.oldest_kept(today, self._retention))
            await store.delete_shortened(conn, today)
            if due:
                await audit.record(conn, now, "system", "vault.shredded", "erasure", {"keys": list(due)})
        for hold_id in rules.lapsed(await hold_store.holds(self.database), now):
            await self.end_hold(hold_id, "system")
        await self.tallies.refresh()
        await self._release_leavers(now)
        return tuple(due)

    async def _release_leavers(self, now: datetime) -> None:
        """Whoever began to leave days ago and holds no half of anything that is kept has left."""
        leaving = [c for c in await self.custodians() if c.status is CustodianStatus.LEAVING]
        counts = await self.tallies.counts() if leaving else ()
        for one in leaving:
            over = one.leaving_at is not None and now - one.leaving_at > rules.SHORTEST_LEAVE
            if over and not losses.needed(counts, one.number):
                await self.remove_custodian(one.custodian_id, "system", "nothing that is kept needs their keys")

    async def preserve(
        self, task: TaskId, account: AccountId, start: datetime, end: datetime, until: datetime, by: str,
        *, phone: str | None = None, within: Callable[[Executor, Hold], Awaitable[None]] | None = None,
    ) -> Hold:  # fmt: skip
        """Copy an account's sealed days under an erasure key of the snapshot's own; it lapses at `until`.

        `phone` is the account's number, where the order asks for it; it is kept under the same key.
        `within` writes in the same transaction what belongs to it; when it raises, nothing is preserved.
        """
        keys, records = await self.sealed_days(account, rules.days_of(start, end))
        now = self.clock.now()
        hold_id = new_id()
        key = self.erasure.make(rules.erasure_id_of_hold(hold_id))
        sealed = None if phone is None else held_numbers.seal(phone, hold_id, key)
        hold = Hold(hold_id, task, account, start, end, until, now, len(records), sealed)
        copies = [self._relock(day_key, key, rules.erasure_id_of_hold(hold.hold_id)) for day_key in keys]
        try:
            async with self.database.transaction() as conn:
                await hold_store.insert_hold(conn, hold, copies, records)
                await audit.record(conn, now, by, "vault.preserved", task, {"hold": hold.hold_id})
                if within is not None:
                    await within(conn, hold)
        except BaseException:
            self.erasure.shred(rules.erasure_id_of_hold(hold.hold_id))
            raise
        return hold

    async def holds(self, account: AccountId | None = None) -> tuple[Hold, ...]:
        """The snapshots that are kept."""
        return await hold_store.holds(self.database, account)

    async def held_phone(self, task: TaskId, account: AccountId) -> str | None:
        """Give the number that was preserved for a task; None where none was, or it has lapsed."""
        for hold in await hold_store.holds(self.database, account):
            if hold.task_id == task and hold.phone is not None:
                with contextlib.suppress(ErasureKeyGone):
                    key = self.erasure.get(rules.erasure_id_of_hold(hold.hold_id))
                    return held_numbers.unseal(hold.phone, hold.hold_id, key)
        return None

    async def end_hold(
        self, hold_id: str, by: str, *, within: Callable[[Executor], Awaitable[None]] | None = None
    ) -> None:
        """Shred and delete a snapshot; `within` writes in the same transaction what belongs to it.

        Raises:
            HoldNotFound: there is none of this id.
        """
        hold = await hold_store.hold(self.database, hold_id)
        if hold is None:
            raise HoldNotFound("no such preservation")
        self.erasure.shred(rules.erasure_id_of_hold(hold_id))
        async with self.database.transaction() as conn:
            await hold_store.delete_hold(conn, hold_id)
            await audit.record(
                conn, self.clock.now(), by, "vault.preservation_ended", hold.task_id, {"hold": hold_id}
            )
            if within is not None:
                await within(conn)

    async def sealed_days(
        self, account: AccountId, days: Sequence[date]
    ) -> tuple[tuple[DayKey, ...], tuple[SealedRecord, ...]]:
        """What is sealed of an account's days, live or in a hold; keys whose erasure key is gone are left out."""
        keys = await self.sealed_keys(account, days)
        return keys, await self.sealed_records(account, {key.name for key in keys})

    async def sealed_keys(
        self, account: AccountId, days: Sequence[date], conn: Executor | None = None
    ) -> tuple[DayKey, ...]:
        """The keys of an account's days, live or in a hold; those whose erasure key is gone are left out."""
        conn = conn or self.database
        keys = {key.name: key for key in await store.day_keys(conn, account, days)}
        for hold in await hold_store.holds(conn, account):
            erasure_id = rules.erasure_id_of_hold(hold.hold_id)
            for key in await hold_store.hold_day_keys(conn, hold.hold_id, erasure_id):
                if key.name.day in days:
                    keys.setdefault(key.name, key)
        return tuple(key for key in keys.values() if self.openable(key))

    async def sealed_records(self, account: AccountId, names: Set[KeyName]) -> tuple[SealedRecord, ...]:
        """What is sealed to some of an account's keys, live or in a hold."""
        days = sorted({name.day for name in names})
        records = {(r.name, r.record_id): r for r in await store.records(self.database, account, days)}
        for hold in await hold_store.holds(self.database, account):
            for record in await hold_store.hold_records(self.database, hold.hold_id):
                records.setdefault((record.name, record.record_id), record)
        return tuple(record for record in records.values() if record.name in names)

    def shares_of(self, key: DayKey, keep: Callable[[Share], bool]) -> tuple[Share, ...]:
        """Take the erasure key's layer off a day key and give some of its shares, still sealed to their holders.

        Raises:
            ErasureKeyGone: the day was shredded.
        """
        shares = envelopes.unlock_shares(key.shares, key.name, self.erasure.get(key.erasure_id))
        return tuple(share for share in shares if keep(share))

    async def change_shares(
        self, conn: Executor, key: DayKey, hold_id: str | None, change: Callable[[tuple[Share, ...]], list[Share]]
    ) -> None:
        """Write the shares that `change` makes of a day key's; the transaction of `conn` holds its row.

        Raises:
            ErasureKeyGone: the day was shredded.
        """
        erasure_key = self.erasure.get(key.erasure_id)
        new = change(envelopes.unlock_shares(key.shares, key.name, erasure_key))
        locked = envelopes.lock_shares(new, key.name, erasure_key)
        await store.replace_shares(conn, key.name, hold_id, locked, losses.write_pairs(new))

    def pairs_of(self, key: DayKey) -> frozenset[losses.Pair]:
        """The pairs of custodians that a day key was split for.

        Raises:
            ErasureKeyGone: it is a key of an older version, and the day was shredded.
        """
        if key.pairs is not None:
            return losses.read_pairs(key.pairs)
        return losses.read_pairs(losses.write_pairs(self.shares_of(key, lambda _: True)))

    def openable(self, key: DayKey) -> bool:
        """Whether the erasure key over a day key is still there."""
        try:
            self.erasure.get(key.erasure_id)
        except ErasureKeyGone:
            return False
        return True

    def _relock(self, key: DayKey, erasure_key: bytes, erasure_id: str) -> DayKey:
        shares = self.shares_of(key, lambda _: True)
        locked = envelopes.lock_shares(shares, key.name, erasure_key)
        return DayKey(key.name, key.public_key, erasure_id, locked, losses.write_pairs(shares))

    async def publish(self, conn: Executor, subject: str, custodian_id: CustodianId, seal_key: bytes) -> None:
        """Tell the public log that the circle of custodians changed: nobody joins it unseen."""
        opening = Opening(Stage.REGISTRY, subject=subject, sha256=enrolments.circle_digest(custodian_id, seal_key))
        payload = {"entry_id": new_id(), "opening": opening.to_json(), "emergency": False}
        await outbox.put(conn, "legal", APPEND_TOPIC, payload)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
