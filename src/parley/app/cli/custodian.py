"""A custodian's own tools, for their own machine; and `invite`, which the operator runs on the server."""

from __future__ import annotations

import argparse

from parley.app.cli.options import add_database_options, settings_of
from parley.app.cli.steps import steps_of
from parley.app.custodian import command
from parley.core.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the custodian's steps and the operator's."""
    command.configure(parser)
    text = "on the server: print the one-time token with which a person becomes a custodian"
    invite = steps_of(parser).add_parser("invite", help=text, description=text)
    invite.add_argument("name", help="the person's name, as the others will see it")
    add_database_options(invite)
    invite.add_argument("--public-url", help="the address that people use")
    invite.add_argument("--http-port", type=int, help="the port of the pages, without a public URL")


def run(arguments: argparse.Namespace) -> int:
    """Run one step; gives its exit code."""
    return _invite(arguments.name, settings_of(arguments)) if arguments.step == "invite" else command.run(arguments)


def _invite(name: str, settings: Settings) -> int:
    from parley.app.cli.acting import on_database
    from parley.core.clock import SystemClock
    from parley.legal.vault.erasure import ErasureKeys
    from parley.legal.vault.service import Vault
    from parley.staff.service import OPERATOR
    from parley.storage.pools import Pools

    async def work(pools: Pools) -> int:
        erasure = ErasureKeys(settings.data_dir / "erasure")
        vault = Vault(pools.of("legal"), erasure, SystemClock(), retention_days=settings.retention_days)
        token = await vault.issue_token(name, OPERATOR)
        print(f"Give this to {name} in person; it works once, until {token.expires_at:%Y-%m-%d %H:%M} UTC:\n")
        print(f"  parley custodian enrol {settings.origin} --token {token.token}\n")
        print("It is typed on that person's own machine, never on this server.")
        return 0

    return on_database(settings, work)
