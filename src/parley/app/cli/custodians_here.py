"""What the operator does about custodians on the server itself: invite, list, let go."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from parley.core.settings import Settings

if TYPE_CHECKING:
    from parley.legal.vault.losses import Loss, Outlook
    from parley.legal.vault.model import Custodian
    from parley.legal.vault.service import Vault


def invite(name: str, settings: Settings) -> int:
    """Print the one-time token with which a person becomes a custodian."""
    from parley.staff.service import OPERATOR

    async def work(vault: Vault) -> int:
        token = await vault.issue_token(name, OPERATOR)
        print(f"Give this to {name} in person; it works once, until {token.expires_at:%Y-%m-%d %H:%M} UTC:\n")
        print(f"  parley custodian enrol {_interface(settings)} --token {token.token}\n")
        print("It is typed on that person's own machine, never on this server.")
        return 0

    return _on_vault(settings, work)


def _interface(settings: Settings) -> str:
    """Where the custodians' interface is: at the legal desk, when that has an address of its own."""
    return (settings.legal_url or settings.origin).rstrip("/")


def show(settings: Settings) -> int:
    """List everybody who is or was a custodian, and what would be lost without those who hold keys."""

    async def work(vault: Vault) -> int:
        custodians = await vault.custodians()
        outlook = (await vault.tallies.outlook()).outlook
        for one in custodians:
            print(f"{one.name}\t{one.status}\tsince {one.joined_at:%Y-%m-%d}\t{one.custodian_id}")
        for line in _consequences(outlook):
            print(line)
        return 0

    return _on_vault(settings, work)


def remove(name: str, why: str, settings: Settings, *, at_once: bool, yes: bool) -> int:
    """Say what would be lost, ask, and let a custodian go."""
    from parley.staff.service import OPERATOR

    async def work(vault: Vault) -> int:
        one = _named(await vault.custodians(), name)
        outlook = (await vault.tallies.outlook()).outlook
        print(f"Without the key of {one.name}: {in_words(outlook.of(one))}.")
        for line in _consequences(outlook, one):
            print(line)
        if not yes and not _confirmed(f"Let {one.name} go{' at once' if at_once else ''}?"):
            print("Nothing was changed.")
            return 1
        step = vault.remove_custodian if at_once else vault.let_go
        await step(one.custodian_id, OPERATOR, why)
        later = "They open nothing any more." if at_once else "They still open and move older days."
        print(f"No further keys are wrapped for {one.name}. {later}")
        return 0

    return _on_vault(settings, work)


def in_words(loss: Loss) -> str:
    """What a loss means, for a person."""
    if not loss:
        return "nothing is lost, others open every day that is kept"
    days = f"{loss.days} days of up to {loss.accounts} accounts" if loss.days else ""
    preserved = f"{loss.preserved} days preserved for orders" if loss.preserved else ""
    return f"{' and '.join(filter(None, (days, preserved)))} become unrecoverable"


def _consequences(outlook: Outlook, one: Custodian | None = None) -> list[str]:
    today = [f"Today already: {in_words(outlook.today)}."] if outlook.today else []
    pairs = (two for two in outlook.together if one is None or one in two.gone)
    return today + [f"If {two.gone[0].name} and {two.gone[1].name} both go: {in_words(two.loss)}." for two in pairs]


def _named(custodians: Sequence[Custodian], name: str) -> Custodian:
    from parley.legal.vault.errors import CustodianUnknown

    found = [one for one in custodians if one.serving and name in (one.name, one.custodian_id)]
    if len(found) != 1:
        raise CustodianUnknown(
            f"no custodian who holds keys is called {name}; `parley custodian list` shows who does"
        )
    return found[0]


def _confirmed(question: str) -> bool:
    sys.stdout.write(f"{question} [yes/no] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "yes"


def _on_vault(settings: Settings, work: Callable[[Vault], Awaitable[int]]) -> int:
    from parley.app.cli.acting import on_database
    from parley.core.clock import SystemClock
    from parley.legal.vault.erasure import ErasureKeys
    from parley.legal.vault.service import Vault
    from parley.storage.pools import Pools

    async def on_pools(pools: Pools) -> int:
        erasure = ErasureKeys(settings.data_dir / "erasure")
        return await work(Vault(pools.of("legal"), erasure, SystemClock(), retention_days=settings.retention_days))

    return on_database(settings, on_pools)
