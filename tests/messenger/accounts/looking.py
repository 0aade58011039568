"""Looks identifiers up as the legal desk does: for an order that names them, or a release that two signed."""

from __future__ import annotations

from datetime import UTC, datetime

from parley.core.ids import AccountId, new_id
from parley.legal.disclosure.model import ReleaseState
from parley.messenger.accounts.identity import Identifier, Identities, Reason
from parley.messenger.accounts.model import IdentifierPeriod
from parley.messenger.accounts.sealing import Secrets
from parley.storage.pools import Pools

NOW = datetime(2026, 11, 2, tzinfo=UTC)
_AUTHORITY = """
INSERT INTO legal.authorities (authority_id, name, country, level, kind, competence, email_domains,
    callback_numbers, source_url, proposed_by, proposed_at)
VALUES ('court', 'Court', 'DE', 'national', 'court', '{}', '{}', '{office}', 'https://court.example', 'staff:a', $1)
ON CONFLICT DO NOTHING
"""
_OFFICER = """
INSERT INTO legal.officers (officer_id, authority_id, name, email, vouched_by, added_at, expires_at)
VALUES ('roth', 'court', 'Roth', 'roth@court.example', 'staff:a', $1, $1) ON CONFLICT DO NOTHING
"""
_ORDER = """
INSERT INTO legal.orders (order_id, order_ref, number, instrument, authorisation_ref, priority, status,
    authority_id, officer_id, filing, order_document, order_sha256, recipient_key, filing_credential,
    filing_assertion, pdf_name, pdf, signature_report, served_at, clock_starts_at)
VALUES ($1, $1, $1, 'national_court', '', 'normal', 'received', 'court', 'roth', '{}', '', $1, '', '', '', '', '',
    '{}', $2, $2)
"""
_TASK = """
INSERT INTO legal.tasks (task_id, order_id, format_name, value, fields, start_time, end_time, status, lookup_keys)
VALUES ($1, $1, $2, $3, '{phone}', $4, $4::timestamptz + interval '1 second', 'open', $5)
"""
_RELEASE = """
INSERT INTO legal.releases (release_id, order_id, task_id, decision_id, account_id, nonce, request, request_sha256,
    order_document, officer_id, filing_credential, filing_assertion, opening, state,
    prepared_by, prepared_at, delivery_id)
VALUES ($1, '', $1, '', $2, $1, '', sha256(convert_to($1, 'UTF8')), '', 'roth', '', '', '{}', $3, 'staff:a', $4, $1)
"""


class Looking:
    """The legal duty's look-ups, with the order or release that each of them needs."""

    def __init__(self, pools: Pools, secrets: Secrets) -> None:
        self.pools = pools
        self.identities = Identities(secrets)

    async def order(self, identifier: Identifier) -> str:
        """An open order that names the identifier."""
        owner, order = self.pools.of("owner"), new_id()
        await owner.execute(_AUTHORITY, NOW)
        await owner.execute(_OFFICER, NOW)
        await owner.execute(_ORDER, order, NOW)
        keys = self.identities.lookup_keys(identifier)
        await owner.execute(_TASK, order, identifier.kind.value, identifier.value, NOW, keys)
        return order

    async def release(
        self, account: AccountId, *, signers: tuple[str, ...] = ("lea", "tom"), state: str = ReleaseState.DECIDED
    ) -> str:
        """A release of an account."""
        owner, release = self.pools.of("owner"), new_id()
        await owner.execute(_RELEASE, release, account, state, NOW)
        for signer in signers:
            await owner.execute(
                "INSERT INTO legal.release_approvals (release_id, staff_id, credential_id, assertion, at)"
                " VALUES ($1, $2, '', '', $3)",
                release, signer, NOW,
            )  # fmt: skip
        return release

    async def holders(self, identifier: Identifier, start: datetime, end: datetime) -> tuple[IdentifierPeriod, ...]:
        """Who held it, asked for an order of its own."""
        reason = Reason(await self.order(identifier), NOW)
        return await self.identities.holders(self.pools.of("legal"), identifier, start, end, reason)

    async def find(self, identifier: Identifier, at: datetime) -> AccountId | None:
        """Who held it at one time."""
        held = await self.holders(identifier, at, at)
        return held[-1].account_id if held else None

    async def phone_of(self, account: AccountId, at: datetime | None = None) -> str | None:
        """An account's number, asked for a release of its own."""
        reason = Reason(await self.release(account), NOW)
        return await self.identities.phone_of(self.pools.of("legal"), account, reason, at)
