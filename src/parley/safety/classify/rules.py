"""How post scores become a channel's score, when a rule fires, and when a rule must stop by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from parley.safety.classify.model import ChannelFacts, Rule, RuleHit, RuleMode, RuleRecord, ScoredPost
from parley.safety.classify.second_signals import YOUNG_CHANNEL, YOUNG_DAYS, share
from parley.safety.errors import RuleRefused

WINDOW = 40
"""A channel is judged by its newest posts; what it once was does not count for ever."""
RECORD = 50
"""Reviewed cases that a rule's precision is measured on."""
STOP_AFTER = 10
"""Fewer reviewed cases than this say nothing yet."""
PRECISION_FLOOR = 0.8
OVERTURN_CEILING = 0.1


def channel_score(scores: Sequence[float]) -> float:
    """Mean of the top quarter of the post scores, at least one post; 0 without posts.

    The plain mean misses channels that hide a few offers among harmless posts, the maximum alarms on one.
    """
    if not scores:
        return 0.0
    ordered = sorted(scores, reverse=True)
    top = ordered[: max(1, math.ceil(len(ordered) / 4))]
    return sum(top) / len(top)


def head_scores(posts: Sequence[ScoredPost], head: str) -> list[float]:
    """The scores of one head; `illicit` is the overall one. Raises KeyError for an unknown head."""
    return [p.score.illicit if head == "illicit" else p.score.categories[head] for p in posts]


def leading_category(posts: Sequence[ScoredPost]) -> str | None:
    """The category with the highest channel score."""
    if not posts:
        return None
    return max(posts[0].score.categories, key=lambda c: channel_score(head_scores(posts, c)))


def fires(rule: Rule, posts: Sequence[ScoredPost], facts: ChannelFacts) -> RuleHit | None:
    """The hit when every condition of a rule holds. A score alone is never enough."""
    if rule.mode is RuleMode.OFF or len(posts) < rule.posts_at_least:
        return None
    score = channel_score(head_scores(posts, rule.head))
    second = second_present(rule, posts, facts)
    if score < rule.score_at_least or not second:
        return None
    return RuleHit(rule, score, len(posts), second)


def second_present(rule: Rule, posts: Sequence[ScoredPost], facts: ChannelFacts) -> tuple[str, ...]:
    """Which of a rule's independent signals the channel shows."""
    texts = [p.second_signals for p in posts]
    found = [s for s in sorted(rule.second_signals) if share(texts, s) >= max(rule.second_share_at_least, 1e-9)]
    if YOUNG_CHANNEL in rule.second_signals and facts.age_days < YOUNG_DAYS:
        found.append(YOUNG_CHANNEL)
    return tuple(found)


def record_of(verdicts: Sequence[tuple[bool, bool]]) -> RuleRecord:
    """Precision of a rule from (right, overturned) of its reviewed cases, newest first; the newest 50 count."""
    counted = verdicts[:RECORD]
    right = sum(r for r, _ in counted)
    precision = right / len(counted) if counted else None
    return RuleRecord(len(counted), right, sum(o for _, o in counted), precision)


def stop_reason(record: RuleRecord) -> str | None:
    """Why a rule must stop by itself, or None."""
    if record.reviewed < STOP_AFTER or record.precision is None:
        return None
    if record.precision < PRECISION_FLOOR:
        return f"precision {record.precision:.0%} over {record.reviewed} reviewed is under {PRECISION_FLOOR:.0%}"
    if record.overturned / record.reviewed > OVERTURN_CEILING:
        return f"{record.overturned} of the last {record.reviewed} reviewed were overturned"
    return None


def change_mode(rule: Rule, mode: RuleMode, record: RuleRecord) -> Rule:
    """The rule in another mode. Raises RuleRefused when a rule without a good record would be enforced."""
    if mode is RuleMode.ENFORCE:
        if record.reviewed < STOP_AFTER:
            raise RuleRefused(f"only {record.reviewed} cases of this rule were reviewed; {STOP_AFTER} are needed")
        if reason := stop_reason(record):
            raise RuleRefused(reason)
    return replace(rule, mode=mode, version=rule.version + 1, stopped_because=None)
