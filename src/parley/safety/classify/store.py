"""SQL of post scores, rules, signals and search terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from parley.core.ids import CaseId, ChannelId, MessageId, new_id
from parley.safety.classify import rules
from parley.safety.classify.model import NGram, PostScore, Rule, RuleHit, RuleMode, RuleRecord, ScoredPost, Signal
from parley.safety.subjects import Subject
from parley.storage.database import Executor

_RULE = "rule_id, version, definition, mode, stopped_because"


async def save_posts(
    conn: asyncpg.Connection, channel: ChannelId, posts: Sequence[ScoredPost], now: datetime
) -> None:
    """Keep posts' scores (an edited post's newest ones), and of a channel only its newest posts."""
    await conn.executemany(
        "INSERT INTO safety.post_scores (channel_id, message_id, scored_at, illicit, categories, second_signals,"
        " text_sha256) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (channel_id, message_id) DO UPDATE SET"
        " scored_at=$3, illicit=$4, categories=$5, second_signals=$6, text_sha256=$7",
        [
            (
                channel, post.message, now, post.score.illicit, dict(post.score.categories),
                sorted(post.second_signals), post.text_sha256,
            )
            for post in posts
        ],
    )  # fmt: skip
    await conn.execute(
        "DELETE FROM safety.post_scores WHERE channel_id=$1 AND message_id <= (SELECT message_id FROM"
        " safety.post_scores WHERE channel_id=$1 ORDER BY message_id DESC OFFSET $2 LIMIT 1)",
        channel, rules.WINDOW,
    )  # fmt: skip


async def newest_posts(conn: Executor, channel: ChannelId) -> list[ScoredPost]:
    """The scored posts of a channel, newest first, at most the window."""
    rows = await conn.fetch(
        "SELECT message_id, illicit, categories, second_signals, text_sha256 FROM safety.post_scores"
        " WHERE channel_id=$1 ORDER BY message_id DESC LIMIT $2",
        channel, rules.WINDOW,
    )  # fmt: skip
    return [
        ScoredPost(
            MessageId(r["message_id"]),
            PostScore(r["illicit"], r["categories"]),
            frozenset(r["second_signals"]),
            r["text_sha256"],
        )
        for r in rows
    ]


async def add_rule(conn: Executor, rule: Rule, now: datetime) -> None:
    """Store a shipped rule unless the operator has it already."""
    await conn.execute(
        "INSERT INTO safety.rules (rule_id, version, definition, mode, changed_by, changed_at)"
        " VALUES ($1,$2,$3,$4,'system',$5) ON CONFLICT DO NOTHING",
        rule.rule_id, rule.version, _definition(rule), rule.mode.value, now,
    )  # fmt: skip


async def save_rule(conn: Executor, rule: Rule, changed_by: str, now: datetime) -> None:
    """Write a rule's new version."""
    await conn.execute(
        "UPDATE safety.rules SET version=$2, definition=$3, mode=$4, stopped_because=$5, changed_by=$6,"
        " changed_at=$7 WHERE rule_id=$1",
        rule.rule_id, rule.version, _definition(rule), rule.mode.value, rule.stopped_because, changed_by, now,
    )  # fmt: skip


async def all_rules(conn: Executor) -> list[Rule]:
    """Every rule, by name."""
    rows = await conn.fetch(f"SELECT {_RULE} FROM safety.rules ORDER BY rule_id")
    return [_rule(row) for row in rows]


async def rule(conn: Executor, rule_id: str) -> Rule | None:
    """One rule, its row held until the transaction ends."""
    row = await conn.fetchrow(f"SELECT {_RULE} FROM safety.rules WHERE rule_id=$1 FOR UPDATE", rule_id)
    return _rule(row) if row else None


async def record(conn: Executor, rule_id: str) -> RuleRecord:
    """How a rule did on the newest cases that people reviewed."""
    rows = await conn.fetch(
        "SELECT verdict AND NOT overturned AS was_right, overturned FROM safety.signals"
        " WHERE rule_id=$1 AND reviewed_at IS NOT NULL ORDER BY reviewed_at DESC LIMIT $2",
        rule_id, rules.RECORD,
    )  # fmt: skip
    return rules.record_of([(r["was_right"], r["overturned"]) for r in rows])


async def save_signal(
    conn: Executor,
    case: CaseId,
    subject: Subject,
    hit: RuleHit,
    category: str | None,
    grams: Sequence[NGram],
    now: datetime,
) -> bool:
    """Store a rule's signal in a case, or bring the one that it gave before up to date; True when it is new."""
    fresh: bool = await conn.fetchval(
        "INSERT INTO safety.signals (signal_id, case_id, subject, rule_id, rule_version, mode, score, posts,"
        " second, category, ngrams, first_at, last_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$12)"
        " ON CONFLICT (case_id, rule_id) DO UPDATE SET mode=$6, score=$7, posts=$8, second=$9,"
        " ngrams=$11, last_at=$12 RETURNING xmax = 0",
        new_id(), case, subject.key, hit.rule.rule_id, hit.rule.version, hit.rule.mode.value, hit.score, hit.posts,
        list(hit.second), category, [[g.text, g.weight] for g in grams], now,
    )  # fmt: skip
    return fresh


async def touch_signal(conn: Executor, subject: Subject, hit: RuleHit, now: datetime) -> bool:
    """Bring the signal that a rule gave to the subject's open case up to date; False when there is none."""
    tag = await conn.execute(
        "UPDATE safety.signals s SET score=$3, posts=$4, second=$5, last_at=$6 FROM safety.cases c"
        " WHERE c.case_id = s.case_id AND c.subject=$1 AND c.status <> 'closed' AND s.rule_id=$2 AND s.mode=$7",
        subject.key, hit.rule.rule_id, hit.score, hit.posts, list(hit.second), now, hit.rule.mode.value,
    )  # fmt: skip
    return tag != "UPDATE 0"


async def signals_of(conn: Executor, case: CaseId) -> list[Signal]:
    """The machine's signals of a case, strongest first."""
    rows = await conn.fetch(
        "SELECT s.rule_id, r.definition->>'title' AS title, s.rule_version, s.mode, s.score, s.posts, s.second,"
        " s.category, s.ngrams, s.last_at FROM safety.signals s JOIN safety.rules r USING (rule_id)"
        " WHERE s.case_id=$1 ORDER BY s.score DESC",
        case,
    )
    return [
        Signal(**{**dict(r), "second": tuple(r["second"]), "ngrams": tuple(NGram(t, w) for t, w in r["ngrams"])})
        for r in rows
    ]


async def review_signals(conn: Executor, case: CaseId, right: bool, now: datetime) -> list[str]:
    """Note what people found about a case's signals; the rules that gave them."""
    rows = await conn.fetch(
        "UPDATE safety.signals SET verdict=$2, reviewed_at=$3 WHERE case_id=$1 RETURNING rule_id", case, right, now
    )
    return [r["rule_id"] for r in rows]


async def overturn_signals(conn: Executor, case: CaseId) -> list[str]:
    """Note that an appeal overturned the decision on a case; the rules whose signals it held."""
    rows = await conn.fetch("UPDATE safety.signals SET overturned=true WHERE case_id=$1 RETURNING rule_id", case)
    return [r["rule_id"] for r in rows]


def _definition(of: Rule) -> dict[str, Any]:
    return {
        "title": of.title, "head": of.head, "score_at_least": of.score_at_least,
        "posts_at_least": of.posts_at_least,
        "second_signals": sorted(of.second_signals), "second_share_at_least": of.second_share_at_least,
        "policy": of.policy,
    }  # fmt: skip


def _rule(row: asyncpg.Record) -> Rule:
    fields = dict(row["definition"])
    fields["second_signals"] = frozenset(fields["second_signals"])
    return Rule(
        rule_id=row["rule_id"],
        version=row["version"],
        mode=RuleMode(row["mode"]),
        stopped_because=row["stopped_because"],
        **fields,
    )
