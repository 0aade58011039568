"""SQL of what an account has set: privacy, notifications, presence and small named settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from parley.core.ids import AccountId
from parley.messenger.accounts.model import (
    NotifySettings,
    Presence,
    PrivacyRule,
    PrivacyRuleKind,
    PrivacySubject,
)
from parley.messenger.sql import Executor

PrivacyRules = dict[PrivacySubject, tuple[PrivacyRule, ...]]


async def privacy(db: Executor, ids: Collection[AccountId]) -> dict[AccountId, PrivacyRules]:
    """Read the privacy settings that accounts have changed; an account without any has an empty entry."""
    rows = await db.fetch(
        "SELECT account_id, subject, rules FROM messenger.privacy WHERE account_id = ANY($1::bigint[])", list(ids)
    )
    read: dict[AccountId, PrivacyRules] = {account: {} for account in ids}
    for row in rows:
        read[AccountId(row["account_id"])][PrivacySubject(row["subject"])] = _rules(row["rules"])
    return read


async def write_privacy(
    db: Executor, account: AccountId, subject: PrivacySubject, rules: Iterable[PrivacyRule]
) -> None:
    """Write one privacy setting."""
    value = [{"kind": rule.kind.value, "users": sorted(rule.users)} for rule in rules]
    await db.execute(
        "INSERT INTO messenger.privacy (account_id, subject, rules) VALUES ($1, $2, $3)"
        " ON CONFLICT (account_id, subject) DO UPDATE SET rules = $3",
        account,
        subject.value,
        value,
    )


def _rules(value: Any) -> tuple[PrivacyRule, ...]:
    return tuple(
        PrivacyRule(PrivacyRuleKind(rule["kind"]), frozenset(AccountId(user) for user in rule["users"]))
        for rule in value
    )


async def presence(db: Executor, ids: Collection[AccountId]) -> dict[AccountId, Presence]:
    """Read when accounts were last seen."""
    rows = await db.fetch(
        "SELECT account_id, seen_at, online_until FROM messenger.presence WHERE account_id = ANY($1::bigint[])",
        list(ids),
    )
    return {AccountId(row["account_id"]): Presence(row["seen_at"], row["online_until"]) for row in rows}


async def write_presence(db: Executor, account: AccountId, presence: Presence) -> None:
    """Write when an account was last seen and until when it is online."""
    await db.execute(
        "INSERT INTO messenger.presence (account_id, seen_at, online_until) VALUES ($1, $2, $3)"
        " ON CONFLICT (account_id) DO UPDATE SET seen_at = $2, online_until = $3",
        account,
        presence.seen_at,
        presence.online_until,
    )


async def notify_settings(db: Executor, ids: Collection[AccountId]) -> dict[AccountId, dict[str, NotifySettings]]:
    """Read all notification settings of accounts by scope; an account without any has an empty entry."""
    rows = await db.fetch(
        "SELECT account_id, scope, show_previews, silent, mute_until, sound FROM messenger.notify_settings"
        " WHERE account_id = ANY($1::bigint[])",
        list(ids),
    )
    read: dict[AccountId, dict[str, NotifySettings]] = {account: {} for account in ids}
    for row in rows:
        read[AccountId(row["account_id"])][row["scope"]] = NotifySettings(
            row["show_previews"], row["silent"], row["mute_until"], row["sound"]
        )
    return read


async def write_notify_settings(db: Executor, account: AccountId, scope: str, settings: NotifySettings) -> None:
    """Write the notification settings of one scope."""
    await db.execute(
        "INSERT INTO messenger.notify_settings (account_id, scope, show_previews, silent, mute_until, sound)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, scope)"
        " DO UPDATE SET show_previews = $3, silent = $4, mute_until = $5, sound = $6",
        account,
        scope,
        settings.show_previews,
        settings.silent,
        settings.mute_until,
        settings.sound,
    )


async def named_setting(db: Executor, account: AccountId, name: str) -> Any:
    """Read one small setting, decoded; None when it was never set."""
    return await db.fetchval(
        "SELECT value FROM messenger.account_settings WHERE account_id = $1 AND name = $2", account, name
    )


async def write_named_setting(db: Executor, account: AccountId, name: str, value: object) -> None:
    """Write one small setting."""
    await db.execute(
        "INSERT INTO messenger.account_settings (account_id, name, value) VALUES ($1, $2, $3)"
        " ON CONFLICT (account_id, name) DO UPDATE SET value = $3",
        account,
        name,
        value,
    )


async def clear(db: Executor, account: AccountId) -> None:
    """Remove everything that an account had set."""
    for table in ("privacy", "notify_settings", "account_settings", "presence"):
        await db.execute(f"DELETE FROM messenger.{table} WHERE account_id = $1", account)


async def clear_notify_settings(db: Executor, account: AccountId) -> None:
    """Return all notification settings of an account to their defaults."""
    await db.execute("DELETE FROM messenger.notify_settings WHERE account_id = $1", account)
