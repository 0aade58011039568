"""Classifies public posts as they arrive and opens machine cases; keeps the rules and stops those that fail."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import CaseId, ChannelId
from parley.safety.classify import rules, second_signals, store
from parley.safety.classify.linear import LinearModel
from parley.safety.classify.model import ChannelFacts, NGram, PostSeen, Rule, RuleHit, RuleMode, ScoredPost
from parley.safety.classify.shipped import shipped_rules
from parley.safety.enforcement import rules as enforcement_rules
from parley.safety.enforcement import store as enforcement_store
from parley.safety.errors import RuleNotFound
from parley.safety.ports import SubjectSnapshots
from parley.safety.review import gathering, log
from parley.safety.review.model import Moderator
from parley.safety.subjects import Snapshot, Subject
from parley.storage import audit
from parley.storage.database import Database, Executor

_log = logging.getLogger(__name__)
_PERMISSIVE = ChannelFacts(age_days=0.0, members=0)
_POSTS_EXPLAINED = 8
_NGRAMS_KEPT = 12
_JUDGED_AT_ONCE = 8
"""Small against the window of posts that rules look at, so that a burst cannot hide what it began with."""


class Classifier:
    """Scores posts and turns rule hits into signals on cases."""

    def __init__(self, database: Database, model: LinearModel, snapshots: SubjectSnapshots, clock: Clock) -> None:
        self._database = database
        self._model = model
        self._snapshots = snapshots
        self._clock = clock

    async def posts_seen(self, posts: Sequence[PostSeen]) -> list[RuleHit]:
        """Take in public posts of one channel: score each, judge the channel every few posts. Idempotent.

        Gives the hits that are new.
        """
        hits = []
        for start in range(0, len(posts), _JUDGED_AT_ONCE):
            hits += await self._take(posts[start : start + _JUDGED_AT_ONCE])
        return hits

    async def _take(self, posts: Sequence[PostSeen]) -> list[RuleHit]:
        now, channel = self._clock.now(), posts[0].channel
        scored = [self.score(post) for post in posts]
        async with self._database.transaction() as conn:
            await store.save_posts(conn, channel, scored, now)
        return await self._judge(channel, now)

    async def _judge(self, channel: ChannelId, now: datetime) -> list[RuleHit]:
        posts = await store.newest_posts(self._database, channel)
        subject = Subject.channel(channel)
        hits = self._hits(await store.all_rules(self._database), posts, _PERMISSIVE)
        maybe = [h for h in hits if not await store.touch_signal(self._database, subject, h, now)]
        if not maybe:
            return []
        snapshot = await self._snapshots.take(subject, None)
        if snapshot is None:
            return []
        hits = self._hits([h.rule for h in maybe], posts, _facts(snapshot, now))
        for hit in hits:
            await self._signal(subject, hit, posts, snapshot)
        return hits

    def score(self, post: PostSeen) -> ScoredPost:
        """Score one post; nothing is stored."""
        return ScoredPost(
            message=post.message,
            score=self._model.score(post.text),
            second_signals=second_signals.of_text(post.text),
            text_sha256=hashlib.sha256(post.text.encode()).digest(),
        )

    def explain(self, texts: Sequence[str], head: str) -> list[NGram]:
        """The n-grams that weigh most for a head over several posts; the mean of their weights orders them."""
        ranked = sorted(texts, key=lambda t: self._model.score(t).illicit, reverse=True)[:_POSTS_EXPLAINED]
        weights: dict[str, float] = {}
        seen: Counter[str] = Counter()
        for text in ranked:
            for gram in self._model.explain(text, head):
                weights[gram.text] = gram.weight
                seen[gram.text] += 1
        found = [NGram(t, weights[t]) for t, _ in sorted(seen.items(), key=lambda i: -i[1] * weights[i[0]])]
        return found[:_NGRAMS_KEPT]

    @staticmethod
    def _hits(candidates: Sequence[Rule], posts: Sequence[ScoredPost], facts: ChannelFacts) -> list[RuleHit]:
        return [hit for rule in candidates if (hit := rules.fires(rule, posts, facts))]

    async def _signal(
        self, subject: Subject, hit: RuleHit, posts: Sequence[ScoredPost], snapshot: Snapshot
    ) -> None:
        now = self._clock.now()
        grams = self.explain([p.text for p in snapshot.posts], hit.rule.head)
        arrival = gathering.Arrival(subject, hit.rule.policy, snapshot, hit.score)
        async with self._database.transaction() as conn:
            case = await gathering.find_or_open(conn, arrival, now)
            fresh = await store.save_signal(
                conn, case.case_id, subject, hit, rules.leading_category(posts), grams, now
            )
            if fresh:
                await gathering.refresh(conn, case, arrival, now)
                await log.append(
                    conn, case.case_id, now, f"rule:{hit.rule.rule_id}", "signal",
                    {"mode": hit.rule.mode.value, "score": round(hit.score, 3), "second": list(hit.second)},
                )  # fmt: skip
                if hit.rule.mode is RuleMode.ENFORCE:
                    await _hide_pending(conn, case.case_id, subject, hit.rule, now)


async def _hide_pending(conn: Executor, case_id: CaseId, subject: Subject, rule: Rule, now: datetime) -> None:
    """The most that a machine may do: out of search until a person has looked."""
    effect = enforcement_rules.interim_hiding(f"case-{case_id}", subject, rule.policy)
    if effect is not None:
        await enforcement_store.put(conn, f"case-{case_id}", [effect], now)
        await log.append(conn, case_id, now, f"rule:{rule.rule_id}", "hidden_pending_review")


def _facts(snapshot: Snapshot, now: datetime) -> ChannelFacts:
    age = (now - snapshot.created_at).total_seconds() / 86_400 if snapshot.created_at else 0.0
    return ChannelFacts(age_days=age, members=snapshot.members)


class Rulebook:
    """The automatic rules: which there are, what each may do, and how well each has done."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ensure_shipped(self) -> None:
        """Store the rules that ship with the program; what an operator changed stays."""
        for rule in shipped_rules():
            await store.add_rule(self._database, rule, self._clock.now())

    async def set_mode(self, moderator: Moderator, rule_id: str, mode: RuleMode, reason: str) -> Rule:
        """Switch a rule between off, shadow and enforce. Raises RuleNotFound and RuleRefused."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            rule = await store.rule(conn, rule_id)
            if rule is None:
                raise RuleNotFound(rule_id)
            changed = rules.change_mode(rule, mode, await store.record(conn, rule_id))
            await store.save_rule(conn, changed, moderator.actor, now)
            await audit.record(
                conn, now, moderator.actor, "safety.rule_mode", f"rule:{rule_id}",
                {"from": rule.mode.value, "to": mode.value, "reason": reason[:500], "version": changed.version},
            )  # fmt: skip
        return changed

    async def stop_all(self, moderator: Moderator, reason: str) -> int:
        """The switch for everything: every enforcing rule goes back to shadow; how many did."""
        enforcing = [r for r in await store.all_rules(self._database) if r.mode is RuleMode.ENFORCE]
        for rule in enforcing:
            await self.set_mode(moderator, rule.rule_id, RuleMode.SHADOW, reason)
        return len(enforcing)


async def stop_failing(conn: Executor, rule_ids: Sequence[str], now: datetime) -> list[str]:
    """Put enforcing rules back to shadow whose measured precision fell; runs with each reviewed case."""
    stopped = []
    for rule_id in dict.fromkeys(rule_ids):
        rule = await store.rule(conn, rule_id)
        reason = rules.stop_reason(await store.record(conn, rule_id))
        if rule is None or rule.mode is not RuleMode.ENFORCE or reason is None:
            continue
        changed = replace(rule, mode=RuleMode.SHADOW, version=rule.version + 1, stopped_because=reason)
        await store.save_rule(conn, changed, "system", now)
        _log.warning("rule %s stopped: %s", rule_id, reason)
        stopped.append(rule_id)
    return stopped
