"""The server's side of a succession: two custodians re-wrap older days for a third, the server puts it together.

It sees nothing but sealed halves. Without the consent of two custodians, each with their own tool, nobody gets a
share of a day that began before they joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.core.ids import CustodianId
from parley.legal.vault import (
    custodian_store,
    envelopes,
    key_pages,
    loss_store,
    losses,
    rewrap_store,
    rewrapping,
    store,
)
from parley.legal.vault.errors import CustodianUnknown, ErasureKeyGone, RewrapRefused
from parley.legal.vault.model import Custodian, CustodianStatus, DayKey, KeyName, Share
from parley.legal.vault.rewrap_store import Waiting
from parley.legal.vault.rewrapping import Answered, Given
from parley.legal.vault.service import Vault
from parley.storage import audit
from parley.storage.database import Database


@dataclass(frozen=True, slots=True)
class Part:
    """A key that a custodian has a part to do for: their own share of a pair; `hint` for the second of the two."""

    name: KeyName
    share: Share
    hold_id: str | None = None
    hint: bytes | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Parts to do, how many keys wait for the other custodian first, and where the next page begins."""

    parts: tuple[Part, ...]
    waiting: int
    after: KeyName | None


class Succession:
    """Serves the steps of `parley custodian rewrap`; each may be repeated after a failure."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def _database(self) -> Database:
        return self._vault.database

    async def begin(self, custodian_id: CustodianId, heir_id: str) -> Custodian:
        """Record who re-wraps for whom, in the audit trail and the public log; gives the successor.

        Raises:
            CustodianUnknown: one of them is no custodian.
            RewrapRefused: the successor gets no further days either, or is the same person.
        """
        me, heir = await self._both(custodian_id, heir_id)
        async with self._database.transaction() as conn:
            await self._vault.publish(conn, "custodian_succession", heir.custodian_id, heir.seal_key)
            now, actor = self._vault.clock.now(), f"custodian:{me.name}"
            await audit.record(conn, now, actor, "vault.rewrapped_for", heir.custodian_id, {"by": me.custodian_id})
        return heir

    async def waiting_for(self, custodian: Custodian) -> int:
        """How many parts wait that were made by, for or in favour of a custodian, perhaps under an old key."""
        return await rewrap_store.concerning(self._database, custodian.number)

    async def page(self, custodian_id: CustodianId, heir_id: str, after: KeyName | None) -> Page:
        """The next keys that this custodian has a part to do for; holds come with the last page."""
        me, heir = await self._both(custodian_id, heir_id)
        there = {one.number for one in losses.serving(await self._vault.custodians())} - {heir.number}
        page = await key_pages.key_page(self._database, after)
        mine = [
            (hold_id, key, pair)
            for hold_id, key in page.keys
            if (pair := self._pair(key, there, heir.number)) is not None and me.number in pair
        ]
        given = await rewrap_store.for_heir(self._database, heir.number, [(one, key.name) for one, key, _ in mine])
        parts: list[Part] = []
        waiting = 0
        for hold_id, key, pair in mine:
            part = self._part(key, hold_id, me.number, pair, given.get((hold_id, key.name)))
            parts += [part] if part else []
            waiting += part is None and not rewrapping.gives(me.number, sum(pair) - me.number)
        return Page(tuple(parts), waiting, page.after)

    def _pair(self, key: DayKey, there: set[int], heir: int) -> losses.Pair | None:
        """The two whose halves are used: the same for both of them. None when nothing is to do or can be done."""
        if not self._vault.openable(key):
            return None
        pairs = self._vault.pairs_of(key)
        if any(heir in pair for pair in pairs):
            return None
        return min((pair for pair in pairs if set(pair) <= there), default=None)

    def _part(
        self, key: DayKey, hold_id: str | None, mine: int, pair: losses.Pair, given: Waiting | None
    ) -> Part | None:
        partner = sum(pair) - mine
        if given is not None and (given.giver, given.receiver) != pair:
            given = None  # one of an earlier pair has left meanwhile
        if rewrapping.gives(mine, partner) == (given is not None):
            return None
        try:
            (share,) = self._vault.shares_of(key, lambda one: (one.holder, one.partner) == (mine, partner))
        except ErasureKeyGone:  # a moment ago
            return None
        return Part(key.name, share, hold_id, None if given is None else given.hint)

    async def give(self, custodian_id: CustodianId, heir_id: str, given: Sequence[tuple[Part, Given]]) -> int:
        """Take the givers' parts; gives how many.

        Raises:
            RewrapRefused: a share is between other people than it must be.
        """
        me, heir = await self._both(custodian_id, heir_id)
        now = self._vault.clock.now()
        async with self._database.transaction() as conn:
            for part, made in given:
                partner = part.share.partner
                _check(made.own, me.number, heir.number)
                _check(made.heirs, heir.number, partner)
                if not rewrapping.gives(me.number, partner) or part.share.holder != me.number:
                    raise RewrapRefused("the custodian with the smaller number of a pair gives")
                shares = envelopes.pack_shares([made.own, made.heirs])
                row = Waiting(part.name, part.hold_id, me.number, partner, heir.number, shares, made.hint)
                await rewrap_store.insert(conn, row, now)
        return len(given)

    async def answer(
        self, custodian_id: CustodianId, heir_id: str, answered: Sequence[tuple[Part, Answered]]
    ) -> int:
        """Take the second custodian's parts and put the new shares beside the old ones; gives how many.

        Raises:
            RewrapRefused: a share is between other people than it must be.
        """
        me, heir = await self._both(custodian_id, heir_id)
        return sum([await self._merge(me, heir, part, made) for part, made in answered])

    async def _merge(self, me: Custodian, heir: Custodian, part: Part, made: Answered) -> int:
        async with self._database.transaction() as conn:
            key = await store.locked_key(conn, part.name, part.hold_id)
            given = await rewrap_store.waiting(conn, part.name, part.hold_id, heir.number)
            if key is None or given is None or given.receiver != me.number:
                return 0
            _check(made.own, me.number, heir.number)
            _check(made.heirs, heir.number, given.giver)
            new = [*envelopes.unpack_shares(given.shares), made.own, made.heirs]
            await self._vault.change_shares(conn, key, part.hold_id, lambda shares: [*shares, *new])
            await rewrap_store.delete(conn, given)
            await loss_store.forget_counts(conn, [part.name.day])
        return 1

    async def _both(self, custodian_id: CustodianId, heir_id: str) -> tuple[Custodian, Custodian]:
        me = await self._vault.custodian(custodian_id)
        heir = await custodian_store.custodian(self._database, heir_id)
        if heir is None:
            raise CustodianUnknown("the successor is no custodian")
        if heir.status is not CustodianStatus.ACTIVE or heir.number == me.number:
            raise RewrapRefused("a successor is another custodian who gets new days too")
        return me, heir


def _check(share: Share, holder: int, partner: int) -> None:
    if (share.holder, share.partner) != (holder, partner):
        raise RewrapRefused("a new share is between other people than it must be")
