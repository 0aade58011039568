"""Everything that clients need: accounts, messages, search, bots, what safety decides, and the MTProto port.

It is the part `mtproto` of a divided server, and a part of an undivided one. It reaches nothing of the legal room
but the vault's sealing half and what is public of the log.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from parley.app.acquaintances import Acquaintances
from parley.app.gates import SafetyGate, Strangers
from parley.app.robots import SearchReportBot, ServiceBot, TransparencyBot
from parley.app.service_account import ServiceAccount
from parley.app.sweeping import Step, Sweeping
from parley.app.wiring import accounts as accounts_wiring
from parley.app.wiring import legal as legal_wiring
from parley.app.wiring import messenger as messenger_wiring
from parley.app.wiring import methods as methods_wiring
from parley.app.wiring import safety as safety_wiring
from parley.app.wiring.accounts import AccountServices
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.messenger import MessengerServices
from parley.app.wiring.methods import Methods
from parley.app.wiring.published import Published
from parley.app.wiring.safety import Effects, SafetyServices
from parley.legal.vault.rules import ACCOUNT_RETENTIONS
from parley.legal.vault.sealer import Sealer
from parley.messenger import calls
from parley.messenger.accounts.idle import Idle
from parley.messenger.accounts.model import SEARCH_REPORT_BOT, SERVICE_ACCOUNT, TRANSPARENCY_BOT
from parley.messenger.accounts.retention import RetentionWishes
from parley.messenger.accounts.service import ACCOUNT_DELETED
from parley.messenger.bots.service import Robots
from parley.messenger.search.faces import Faces
from parley.messenger.upkeep import DeletionFollowUp, Upkeep
from parley.policy.library import Library
from parley.policy.service import Policies


@dataclass(frozen=True, slots=True)
class Clients:
    """The services for clients, with the port open and no work in the background yet."""

    base: Foundation
    service_account: ServiceAccount
    sealer: Sealer
    safety: SafetyServices
    accounts: AccountServices
    messenger: MessengerServices
    effects: Effects
    policies: Policies
    wishes: RetentionWishes
    robots: Robots
    faces: Faces
    methods: Methods
    sweeping: Sweeping

    async def prepare(self) -> None:
        """What has to be true before the first call: rules, limits, custodians; other processes are heard."""
        await asyncio.gather(
            self.safety.rulebook.ensure_shipped(), self.safety.standings.refresh(), self.sealer.refresh()
        )
        await self.base.hub.start()

    def begin(self) -> None:
        """Start the work in the background, but for the outbox, which every part starts for itself."""
        tasks, messenger = self.base.supervisor, self.messenger
        messenger.fanout.start()
        messenger.messages.start()
        tasks.service("other processes", messenger.wakeups.start)
        tasks.service("emptying", messenger.emptying.run)
        tasks.service("public feed", messenger.feed.run)
        tasks.service("account standings", self.safety.standings.run)
        tasks.service("sealer", self.sealer.run)
        tasks.service("sweeping", self.sweeping.run)
        tasks.service("robots", self.robots.run)
        tasks.service("upkeep", _upkeep(self.base, self.accounts, messenger, self.policies).run)

    async def stop(self) -> None:
        """Finish the calls that were accepted and write what is queued."""
        await self.methods.server.stop()
        await self.messenger.messages.close()
        await self.sealer.flush()
        self.messenger.index.close()


async def build(base: Foundation, origin: str, published: Published) -> Clients:
    """Wire the rooms and open the MTProto port.

    Raises:
        OSError: the port cannot be used.
    """
    sealer = legal_wiring.sealer(base)
    service_account = ServiceAccount()
    safety = safety_wiring.build(base, origin)
    accounts = accounts_wiring.build(base, service_account, sealer)
    service_account.know(accounts.accounts)
    watchers: list[messenger_wiring.BoxWatcher] = []
    messenger = messenger_wiring.build(
        base,
        accounts,
        _gate(base, safety, accounts),
        service_account,
        [safety_wiring.ClassifiedPosts(safety.classifier)],
        watchers,
    )
    safety.snapshots.attach(accounts, messenger)
    effects = safety_wiring.connect(base, safety, messenger, service_account)
    policies = Policies(base.of("messenger"), base.clock, Library.load(base.data_dir / "policies"))
    wishes = RetentionWishes(base.of("messenger"), base.clock, base.settings.retention_days, ACCOUNT_RETENTIONS)
    robots = _robots(base, safety, published, service_account, wishes, origin)
    watchers.append(robots.heard)
    methods = await methods_wiring.serve(base, origin, accounts, messenger, safety, policies)
    return Clients(
        base=base,
        service_account=service_account,
        sealer=sealer,
        safety=safety,
        accounts=accounts,
        messenger=messenger,
        effects=effects,
        policies=policies,
        wishes=wishes,
        robots=robots,
        faces=Faces(accounts.accounts, messenger.directory, messenger.search),
        methods=methods,
        sweeping=Sweeping(base.lease("messenger", "sweeping"), _sweeps(base, effects, messenger, wishes)),
    )


def _gate(base: Foundation, safety: SafetyServices, accounts: AccountServices) -> SafetyGate:
    known = Acquaintances(accounts.books, base.of("messenger"))
    return SafetyGate(safety.standings, Strangers(safety.limits, accounts.accounts, known, base.clock))


def _robots(
    base: Foundation,
    safety: SafetyServices,
    published: Published,
    service_account: ServiceAccount,
    wishes: RetentionWishes,
    origin: str,
) -> Robots:
    db = base.of("messenger")
    answers = {
        SEARCH_REPORT_BOT: SearchReportBot(safety.reports).answer,
        TRANSPARENCY_BOT: TransparencyBot(published.reporting).answer,
        SERVICE_ACCOUNT: ServiceBot(safety.appeals, wishes, origin).answer,
    }
    return Robots(db, answers, service_account.say_as, base.lease("messenger", "robots").hold)


def _upkeep(
    base: Foundation, accounts: AccountServices, messenger: MessengerServices, policies: Policies
) -> Upkeep:
    follow_up = DeletionFollowUp(accounts.contacts, messenger.members, policies)
    base.relay.handle(ACCOUNT_DELETED, follow_up.handle)
    return Upkeep(
        base.lease("messenger", "upkeep"),
        base.clock,
        accounts=accounts.accounts,
        sign_in=accounts.sign_in,
        auth_keys=accounts.auth_keys,
        idle=Idle(base.of("messenger"), base.clock, accounts.accounts, accounts.devices),
        identifiers_kept=timedelta(days=base.settings.retention_days),
    )


def _sweeps(
    base: Foundation, effects: Effects, messenger: MessengerServices, wishes: RetentionWishes
) -> tuple[Step, ...]:
    return (
        wishes.forget_links,
        effects.suspension.lift_due,
        effects.removal.forget_old,
        messenger.updates.clear_old_events,
        lambda: calls.forget_old(base.of("messenger"), base.clock.now()),
    )
