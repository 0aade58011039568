"""Keep watch over a public log; and the operator's steps: which witnesses the server takes cosignatures of."""

from __future__ import annotations

import argparse

from parley.app.cli.options import add_database_options, settings_of
from parley.app.cli.steps import steps_of
from parley.app.witness import command

_OPERATOR_STEPS = {
    "register": "on the server: accept this witness's cosignatures from now on",
    "remove": "on the server: accept no more cosignatures of this witness",
    "list": "on the server: show the registered witnesses",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the witness's steps and the operator's."""
    command.configure(parser)
    for name, text in _OPERATOR_STEPS.items():
        step = steps_of(parser).add_parser(name, help=text, description=text)
        if name != "list":
            step.add_argument("vkey", help="the witness's verifier key, as `parley witness key` printed it")
        if name == "register":
            step.add_argument("--url", help="ask this witness there (C2SP tlog-witness; its submission prefix)")
        add_database_options(step)


def run(arguments: argparse.Namespace) -> int:
    """Run one step; gives its exit code."""
    return _operator(arguments) if arguments.action in _OPERATOR_STEPS else command.run(arguments)


def _operator(arguments: argparse.Namespace) -> int:
    from parley.app.cli.acting import on_database
    from parley.core.clock import SystemClock
    from parley.legal.translog.cosigning import Witnesses
    from parley.staff.service import OPERATOR
    from parley.storage.pools import Pools

    async def work(pools: Pools) -> int:
        witnesses = Witnesses(pools.of("log"), SystemClock())
        if arguments.action == "register":
            print(f"registered {(await witnesses.register(arguments.vkey, OPERATOR, arguments.url)).name}")
        elif arguments.action == "remove":
            await witnesses.remove(arguments.vkey, OPERATOR)
        else:
            for witness in await witnesses.all():
                print(f"{witness.name}\t{witness.vkey}\tregistered {witness.registered_at:%Y-%m-%d}")
        return 0

    return on_database(settings_of(arguments), work)
