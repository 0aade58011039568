"""Who holds or held which identifier when: the only module of the messenger that the legal desk may use.

It reads through the functions of the `identity` schema, which answer for one identifier at a time, only where an
order names it, and write each look into the audit trail; the legal role has no right on any table of the messenger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from parley.core.errors import Forbidden
from parley.core.ids import AccountId
from parley.messenger.accounts import rules, sealing
from parley.messenger.accounts.model import IdentifierPeriod
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest
from parley.messenger.sql import Executor


class LookUpRefused(Forbidden):
    """Nothing about a person is looked up without an order that names them."""


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


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is looked up, which the database checks and writes down: an order or a release, and when."""

    for_what: str
    asked_at: datetime


class Identities:
    """Answers who held an identifier; every method takes the legal duty's connection first."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def lookup_keys(self, identifier: Identifier) -> list[bytes]:
        """The keyed hashes of a number, which its task carries; none for what is looked up as it stands."""
        if identifier.kind is not IdentifierKind.PHONE:
            return []
        return sealing.phone_indexes(self._secrets, identifier.value)

    async def holders(
        self, conn: Executor, identifier: Identifier, start: datetime, end: datetime, order: Reason
    ) -> tuple[IdentifierPeriod, ...]:
        """Give, oldest first, the accounts that held an identifier at any time of [start, end].

        A username that a channel held is not an account's and is left out.

        Raises:
            LookUpRefused: no open order of this id names the identifier.
        """
        try:
            periods = await self._periods(conn, identifier, order)
        except asyncpg.InsufficientPrivilegeError:
            raise LookUpRefused("no open order names this identifier") from None
        return tuple(p for p in periods if p.since <= end and (p.until is None or p.until > start))

    async def phone_of(
        self, conn: Executor, account: AccountId, release: Reason, at: datetime | None = None
    ) -> str | None:
        """Give the digits of the number that an account held at `at`, or holds now (or held last).

        Raises:
            LookUpRefused: no release of this id is of this account and signed by two people.
        """
        try:
            rows = await conn.fetch(
                "SELECT * FROM identity.phones_of_account($1, $2, $3)", account, release.for_what, release.asked_at
            )
        except asyncpg.InsufficientPrivilegeError:
            raise LookUpRefused("no release that two people signed is of this account") from None
        if at is not None:
            rows = [r for r in rows if r["since"] <= at and (r["until"] is None or r["until"] > at)]
        return sealing.open_phone(self._secrets, account, rows[-1]["sealed"]) if rows else None

    async def _periods(self, conn: Executor, identifier: Identifier, order: Reason) -> list[IdentifierPeriod]:
        kind, value, asked = identifier.kind, identifier.value, (order.for_what, order.asked_at)
        if kind is IdentifierKind.USERNAME:
            rows = await conn.fetch(
                "SELECT owner_id AS account_id, since, until FROM identity.holders_of_username($1, $2, $3)"
                " WHERE owner_kind = 'user'",
                value, *asked,
            )  # fmt: skip
        elif kind is IdentifierKind.PHONE:
            rows = []
            for index in self.lookup_keys(identifier):
                rows += await conn.fetch("SELECT * FROM identity.holders_of_phone($1, $2, $3)", index, *asked)
            rows.sort(key=lambda row: row["since"])
        else:
            rows = await conn.fetch(
                "SELECT $1::bigint AS account_id, since, until FROM identity.life_of_account($1, $2, $3)",
                int(value), *asked,
            )  # fmt: skip
        return [
            IdentifierPeriod(kind.value, AccountId(row["account_id"]), row["since"], row["until"]) for row in rows
        ]
