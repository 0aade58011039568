"""Token buckets with the exact time to wait, and the tiers for writing to strangers. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from parley.safety.abuse_limits.model import Bucket, Limit, StrangerLimits, Tier

DEFAULT_LIMIT = Limit(burst=60, per_second=20)
#: per (method, kind of input); the method alone where the kind does not matter
LIMITS: Mapping[tuple[str, str], Limit] = {
    ("auth.sendCode", ""): Limit(burst=5, per_second=1 / 60),
    ("account.sendChangePhoneCode", ""): Limit(burst=5, per_second=1 / 60),
    ("account.changePhone", ""): Limit(burst=8, per_second=1 / 30),
    ("auth.signIn", ""): Limit(burst=8, per_second=1 / 30),
    ("auth.signUp", ""): Limit(burst=5, per_second=1 / 60),
    ("account.checkUsername", ""): Limit(burst=20, per_second=0.5),
    ("account.updateUsername", ""): Limit(burst=5, per_second=1 / 60),
    ("contacts.importContacts", ""): Limit(burst=10, per_second=1 / 30),
    ("contacts.resolveUsername", ""): Limit(burst=50, per_second=0.5),
    ("contacts.resolvePhone", ""): Limit(burst=10, per_second=1 / 60),
    ("contacts.search", ""): Limit(burst=30, per_second=1),
    ("messages.searchGlobal", ""): Limit(burst=30, per_second=1),
    ("channels.createChannel", ""): Limit(burst=10, per_second=1 / 600),
    ("channels.joinChannel", ""): Limit(burst=20, per_second=1 / 60),
    ("messages.sendMessage", "user"): Limit(burst=60, per_second=20),
    ("messages.sendMessage", "channel"): Limit(burst=60, per_second=20),
    ("messages.report", ""): Limit(burst=20, per_second=1 / 30),
    ("account.reportPeer", ""): Limit(burst=20, per_second=1 / 30),
}
STRANGERS: Mapping[Tier, StrangerLimits] = {
    Tier.NEW: StrangerLimits(new_chats=10, links=False, media=False),
    Tier.KNOWN: StrangerLimits(new_chats=50, links=True, media=True),
    Tier.BOT: StrangerLimits(new_chats=0, links=True, media=True),
}
KNOWN_AFTER = timedelta(days=3)


def limit_for(method: str, kind: str = "") -> Limit:
    """The limit of a method for a kind of input, of the method, or the default."""
    return LIMITS.get((method, kind)) or LIMITS.get((method, "")) or DEFAULT_LIMIT


def take(bucket: Bucket | None, limit: Limit, now: float, cost: float = 1.0) -> tuple[Bucket, int]:
    """Take `cost` tokens: the new bucket and 0, or the bucket as it is and the whole seconds to wait.

    Waiting exactly that long is enough for the same call to pass (the X of FLOOD_WAIT_X, at least 1).
    """
    tokens = limit.burst if bucket is None else refilled(bucket, limit, now)
    if tokens >= cost:
        return Bucket(tokens - cost, now), 0
    return Bucket(tokens, now), max(1, math.ceil(round((cost - tokens) / limit.per_second, 6)))


def refilled(bucket: Bucket, limit: Limit, now: float) -> float:
    """The tokens that a bucket holds by now; never more than its burst."""
    return min(limit.burst, bucket.tokens + max(now - bucket.at, 0.0) * limit.per_second)


def tier_of(created_at: datetime, is_bot: bool, now: datetime) -> Tier:
    """The tier of an account."""
    if is_bot:
        return Tier.BOT
    return Tier.KNOWN if now - created_at >= KNOWN_AFTER else Tier.NEW


def may_open_chat(tier: Tier, opened_today: int, has_link: bool, has_media: bool) -> bool:
    """Whether a first message to a stranger may go; if not the answer is PEER_FLOOD."""
    return opened_today < STRANGERS[tier].new_chats and may_go_on(tier, has_link, has_media)


def may_go_on(tier: Tier, has_link: bool, has_media: bool) -> bool:
    """Whether a message with these contents may go to a person who has not answered yet."""
    limits = STRANGERS[tier]
    return (limits.links or not has_link) and (limits.media or not has_media)
