"""Who holds or held which identifier when: the only module of the messenger that the legal desk may use.

It reads through the functions of the `identity` schema, which answer for one identifier at a time; the legal
role has no right on any table of the messenger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AccountId
from parley.messenger.accounts import rules, sealing
from parley.messenger.accounts.model import IdentifierPeriod
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest
from parley.messenger.sql import Executor


class IdentifierKind(StrEnum):
    """The identifiers by which an order may name an account."""

    ACCOUNT = "account"
    USERNAME = "username"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier in its normal form: an id's digits, a folded username, a number's digits."""

    kind: IdentifierKind
    value: str


def parse(text: str) -> Identifier | None:
    """Read an id, `@username` or `+number` as an order writes it; None when it is none of these."""
    text = text.strip()
    if text.startswith("+"):
        try:
            return Identifier(IdentifierKind.PHONE, rules.normalise_phone(text))
        except BadRequest:
            return None
    if text.startswith("@"):
        name = rules.fold_username(text)
        return Identifier(IdentifierKind.USERNAME, name) if name else None
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**63:
        return Identifier(IdentifierKind.ACCOUNT, str(int(text)))
    return None


class Identities:
    """Answers who held an identifier; every method takes the legal duty's connection first."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def holders(
        self, conn: Executor, identifier: Identifier, start: datetime, end: datetime
    ) -> tuple[IdentifierPeriod, ...]:
        """Give, oldest first, the accounts that held an identifier at any time of [start, end].

        A username that a channel held is not an account's and is left out.
        """
        periods = await self._periods(conn, identifier)
        return tuple(p for p in periods if p.since <= end and (p.until is None or p.until > start))

    async def find(self, conn: Executor, identifier: Identifier, at: datetime) -> AccountId | None:
        """Give the account that held an identifier at one time, or None."""
        held = await self.holders(conn, identifier, at, at)
        return held[-1].account_id if held else None

    async def phone_of(self, conn: Executor, account: AccountId, at: datetime | None = None) -> str | None:
        """Give the digits of the number that an account held at `at`, or holds now (or held last)."""
        rows = await conn.fetch("SELECT * FROM identity.phones_of_account($1)", account)
        if at is not None:
            rows = [r for r in rows if r["since"] <= at and (r["until"] is None or r["until"] > at)]
        return sealing.open_phone(self._secrets, account, rows[-1]["sealed"]) if rows else None

    async def _periods(self, conn: Executor, identifier: Identifier) -> list[IdentifierPeriod]:
        kind, value = identifier.kind, identifier.value
        if kind is IdentifierKind.USERNAME:
            rows = await conn.fetch(
                "SELECT owner_id AS account_id, since, until FROM identity.holders_of_username($1)"
                " WHERE owner_kind = 'user'",
                value,
            )
        elif kind is IdentifierKind.PHONE:
            rows = []
            for index in sealing.phone_indexes(self._secrets, value):
                rows += await conn.fetch("SELECT * FROM identity.holders_of_phone($1)", index)
            rows.sort(key=lambda row: row["since"])
        else:
            rows = await conn.fetch(
                "SELECT $1::bigint AS account_id, since, until FROM identity.life_of_account($1)", int(value)
            )
        return [
            IdentifierPeriod(kind.value, AccountId(row["account_id"]), row["since"], row["until"]) for row in rows
        ]
