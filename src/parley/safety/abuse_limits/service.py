"""Keeps the buckets of this process in memory, bounded; a restart forgives, which is harmless."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from parley.core.ids import AccountId
from parley.safety.abuse_limits import rules
from parley.safety.abuse_limits.model import Bucket

_MOST = 100_000
_DAY_S = 86_400.0


class AbuseLimits:
    """Token buckets per (account, method, kind) and counts of first messages to strangers."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._monotonic = monotonic
        self._most = most
        self._buckets: OrderedDict[tuple[str, str, str], Bucket] = OrderedDict()
        self._strangers: OrderedDict[AccountId, list[float]] = OrderedDict()

    def wait(self, who: AccountId | str, method: str, kind: str = "", cost: float = 1.0) -> int:
        """Count a call: 0 when it may go on, else the seconds for FLOOD_WAIT_X.

        `who` is an account, or before sign-in a keyed hash of the address (never the address).
        """
        key = (str(who), method, kind)
        bucket, seconds = rules.take(self._buckets.get(key), rules.limit_for(method, kind), self._monotonic(), cost)
        self._remember(key, bucket)
        return seconds

    def may_write_to_stranger(
        self, account: AccountId, created_at: datetime, is_bot: bool, has_link: bool, has_media: bool, now: datetime
    ) -> bool:
        """Count a first message to somebody who does not know the sender; False means PEER_FLOOD."""
        opened = self._opened_today(account)
        allowed = rules.may_open_chat(rules.tier_of(created_at, is_bot, now), len(opened), has_link, has_media)
        if allowed:
            opened.append(self._monotonic())
        return allowed

    def may_go_on_with_stranger(
        self, account: AccountId, created_at: datetime, is_bot: bool, has_link: bool, has_media: bool, now: datetime
    ) -> bool:
        """A further message to somebody who has not answered: not counted, but what it carries is limited."""
        return rules.may_go_on(rules.tier_of(created_at, is_bot, now), has_link, has_media)

    def _opened_today(self, account: AccountId) -> list[float]:
        since = self._monotonic() - _DAY_S
        opened = [at for at in self._strangers.pop(account, []) if at > since]
        self._strangers[account] = opened
        while len(self._strangers) > self._most:
            self._strangers.popitem(last=False)
        return opened

    def _remember(self, key: tuple[str, str, str], bucket: Bucket) -> None:
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
