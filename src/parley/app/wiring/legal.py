"""The legal room: registry, orders, analysis, decisions, vault, releases, notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from parley.app.sweeping import Sweeping
from parley.app.wiring.foundation import Foundation
from parley.core.clock import Clock
from parley.core.ids import AccountId, OrderId
from parley.core.recurring import Recurring
from parley.legal import rules_in_force
from parley.legal.analysis.service import Analysis, OrderFacts
from parley.legal.authorities.service import Authorities
from parley.legal.disclosure.door import CustodianDoor
from parley.legal.disclosure.events import DISCLOSED_TOPIC, UNRECOVERABLE_TOPIC
from parley.legal.disclosure.giving_up import GivingsUp
from parley.legal.disclosure.handover import Handover
from parley.legal.disclosure.model import PasskeyHolder
from parley.legal.disclosure.opening_steps import OpeningSteps
from parley.legal.disclosure.service import Releases, Site
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.notices.ports import NoticeSender
from parley.legal.notices.service import Notices
from parley.legal.orders import store as order_store
from parley.legal.orders.decisions import Decisions
from parley.legal.orders.emergencies import Emergencies
from parley.legal.orders.preservation import Preservations
from parley.legal.orders.service import Orders
from parley.legal.rules_in_force import RulesInForce
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.reading import LogReader
from parley.legal.translog.service import APPEND_TOPIC, RULES_TOPIC
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.ports import NewSealers
from parley.legal.vault.sealer import Sealer
from parley.legal.vault.service import Vault
from parley.messenger.accounts.identity import Identities, Reason
from parley.messenger.accounts.retention import RETENTION_TOPIC
from parley.messenger.accounts.sealing import Secrets
from parley.staff.model import Role
from parley.staff.service import Staff
from parley.storage import outbox
from parley.storage.database import Database
from parley.storage.outbox import Item

#: When a gag has ended, the person is told within the minute.
_NOTICES_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class LegalServices:
    """The services of the legal room."""

    rules: RulesInForce
    vault: Vault
    authorities: Authorities
    orders: Orders
    analysis: Analysis
    decisions: Decisions
    releases: Releases
    handover: Handover
    givings_up: GivingsUp
    door: CustodianDoor
    delivery_key: DeliveryKey
    preservations: Preservations
    emergencies: Emergencies
    notices: Notices
    notice_worker: Recurring
    sweeping: Sweeping
    reader: LogReader
    witnesses: Witnesses


class Identity:
    """Fills the vault's port: the number of an account, by the legal role's narrow view."""

    def __init__(self, database: Database, identities: Identities, clock: Clock) -> None:
        self._database = database
        self._identities = identities
        self._clock = clock

    async def phone_of(self, account_id: AccountId, reason_id: str) -> str | None:
        """See the port."""
        reason = Reason(reason_id, self._clock.now())
        digits = await self._identities.phone_of(self._database, account_id, reason)
        return None if digits is None else f"+{digits}"


class People:
    """Fills the port `Passkeys`: who may decide and who may file, with the keys that custodians pin."""

    def __init__(self, staff: Staff, authorities: Authorities) -> None:
        self._staff = staff
        self._authorities = authorities

    async def deciders(self) -> list[PasskeyHolder]:
        """See the port."""
        return [
            PasskeyHolder(member.staff_id, member.name, key.credential_id, key.public_key)
            for member in await self._staff.with_role(Role.LEGAL)
            for key in await self._staff.passkeys(member.staff_id)
        ]

    async def officers(self) -> list[PasskeyHolder]:
        """See the port."""
        bodies = {body.authority_id: body.name for body in await self._authorities.all()}
        names = {
            officer.officer_id: f"{officer.name}, {bodies[officer.authority_id]}"
            for officer in await self._authorities.officers()
        }
        return [
            PasskeyHolder(key.officer_id, names[key.officer_id], key.credential_id, key.public_key)
            for key in await self._authorities.all_passkeys()
        ]


class LogKeys:
    """Fills the port of the same name."""

    def __init__(self, reader: LogReader, witnesses: Witnesses) -> None:
        self._reader = reader
        self._witnesses = witnesses

    async def log_key(self) -> str:
        """See the port."""
        return await self._reader.vkey()

    async def witnesses(self) -> list[str]:
        """See the port."""
        return [witness.vkey for witness in await self._witnesses.all()]


class VaultFacts:
    """Fills the orders' port of the same name."""

    def __init__(self, vault: Vault, retention_days: int) -> None:
        self._vault = vault
        self._retention = timedelta(days=retention_days)

    async def stores_addresses(self) -> bool:
        """See the port."""
        return (await self._vault.status()).enabled

    def retention(self) -> timedelta:
        """See the port."""
        return self._retention


def sealer(base: Foundation) -> Sealer:
    """The vault's writing half, which the accounts need before anything else of this room exists."""
    return Sealer(base.of("seal"), ErasureKeys(base.data_dir / "erasure"))


def build(
    base: Foundation, origin: str, staff: Staff, secrets: Secrets, sealing: NewSealers, sender: NoticeSender,
    *, log_url: str | None = None,
) -> LegalServices:  # fmt: skip
    """Build the services. `log_url` is where people read the log, when that is not below `origin`."""
    settings, clock, legal = base.settings, base.clock, base.of("legal")
    site, country = _site(origin), settings.operator_country
    reader, witnesses = LogReader(legal), Witnesses(legal, clock)
    vault = _vault(base, sealing)
    authorities, identities = Authorities(legal, clock), Identities(secrets)
    people = People(staff, authorities)
    rules = rules_in_force.load(base.data_dir / "legal")
    calendar = rules.calendar(country)
    notices = Notices(
        legal, clock, calendar, reader, sender, operator=settings.operator_name,
        log_url=log_url or f"{origin}/transparency/log/", table=rules.notices,
    )  # fmt: skip
    orders = Orders(
        legal, clock, calendar, site, authorities, people, identities, notices,
        VaultFacts(vault, settings.retention_days), rules, country, trusted_roots(base.data_dir),
    )  # fmt: skip
    facts = _facts(orders, authorities)
    analysis = Analysis(legal, clock, rules.catalogue, country, facts, order_store.begin_analysis)
    releases, handover = Releases(legal, clock, people, site), Handover(legal, clock)
    delivery_key = DeliveryKey.load_or_make(base.data_dir / "secrets" / "delivery.key")
    numbers = Identity(legal, identities, clock)
    steps = OpeningSteps(vault, clock, reader, numbers, delivery_key)
    emergencies = Emergencies(legal, clock, calendar, orders, authorities, notices)
    made = LegalServices(
        rules=rules,
        vault=vault,
        authorities=authorities,
        orders=orders,
        analysis=analysis,
        decisions=Decisions(legal, clock, orders, authorities, analysis, releases, notices),
        releases=releases,
        handover=handover,
        givings_up=GivingsUp(vault, clock),
        door=CustodianDoor(vault, steps, clock, people, LogKeys(reader, witnesses), site, delivery_key),
        delivery_key=delivery_key,
        preservations=Preservations(legal, clock, calendar, orders, authorities, vault, numbers),
        emergencies=emergencies,
        notices=notices,
        sweeping=Sweeping(base.lease("legal", "sweeping"), (vault.sweep, handover.wipe_due, orders.forget_drafts)),
        notice_worker=Recurring(
            _due_for_people(emergencies, notices), base.lease("legal", "notices").hold, _NOTICES_EVERY_S
        ),
        reader=reader,
        witnesses=witnesses,
    )
    _register(base, made)
    return made


def _due_for_people(emergencies: Emergencies, notices: Notices) -> Callable[[], Awaitable[None]]:
    """What became of emergencies first: it decides whether their people may be told."""

    async def work() -> None:
        await emergencies.look()
        await notices.send_due()

    return work


def trusted_roots(data_dir: Path) -> list[Path]:
    """The certificates that the operator trusts for signatures of documents: `<data-dir>/legal/roots/*.pem`."""
    return sorted((data_dir / "legal" / "roots").glob("*.pem"))


def _vault(base: Foundation, sealing: NewSealers) -> Vault:
    erasure = ErasureKeys(base.data_dir / "erasure")
    return Vault(
        base.of("legal"), erasure, base.clock, retention_days=base.settings.retention_days, sealers=[sealing]
    )


def _site(origin: str) -> Site:
    return Site(origin, origin.partition("://")[2].partition(":")[0])


def _facts(orders: Orders, authorities: Authorities) -> OrderFacts:
    async def facts(order_id: OrderId) -> tuple[str, str]:
        order = await orders.get(order_id)
        return order.filing.instrument.value, (await authorities.get(order.authority_id)).country

    return facts


def _register(base: Foundation, made: LegalServices) -> None:
    """Let effects reach the room: disclosures, and how long an account wants its addresses kept."""

    async def disclosed(item: Item) -> None:
        payload: Mapping[str, Any] = item.payload
        await made.notices.disclosed(payload)
        await made.decisions.disclosed(payload)
        await made.emergencies.disclosed(payload)
        base.relay.wake()

    async def retention(item: Item) -> None:
        account, days = AccountId(item.payload["account"]), item.payload["days"]
        await made.vault.set_retention(account, days, f"account:{account}")

    async def unrecoverable(item: Item) -> None:
        await made.decisions.unrecoverable(item.payload)
        base.relay.wake()

    base.relay.handle(DISCLOSED_TOPIC, disclosed)
    base.relay.handle(RETENTION_TOPIC, retention)
    base.relay.handle(UNRECOVERABLE_TOPIC, unrecoverable)


async def announce(base: Foundation, made: LegalServices) -> None:
    """Hand the log what it has to state of this desk: the delivery key, and the rules in force by their hashes.

    The rules in force, and for how many days addresses are kept, are entered by their hashes where they changed, so
    that every change of them is public, once.
    """
    entry = made.delivery_key
    days = sha256(str(made.vault.retention().days).encode()).hexdigest()
    stated = {"entry_id": entry.entry_id, "opening": entry.opening.to_json()}
    async with base.of("legal").transaction() as conn:
        await outbox.put(conn, "legal", APPEND_TOPIC, stated)
        for name, digest in {**made.rules.hashes, "retention": days}.items():
            await outbox.put(conn, "legal", RULES_TOPIC, {"subject": name, "sha256": digest})


def begin(base: Foundation, made: LegalServices) -> None:
    """Start the room's work in the background."""
    base.supervisor.service("notices", made.notice_worker.run)
    base.supervisor.service("desk sweeping", made.sweeping.run)
