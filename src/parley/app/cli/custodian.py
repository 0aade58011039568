"""A custodian's own tools, for their own machine; and what the operator does about custodians on the server."""

from __future__ import annotations

import argparse

from parley.app.cli import custodians_here
from parley.app.cli.options import add_database_options, settings_of
from parley.app.cli.steps import steps_of
from parley.app.custodian import command

_HERE = ("invite", "list", "remove")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the custodian's steps and the operator's."""
    command.configure(parser)
    invite = _here(parser, "invite", "print the one-time token with which a person becomes a custodian")
    invite.add_argument("name", help="the person's name, as the others will see it")
    invite.add_argument("--public-url", help="the address that people use")
    invite.add_argument("--legal-url", help="the address of the part `legal`, when it has one of its own")
    invite.add_argument("--http-port", type=int, help="the port of the pages, without a public URL")
    _here(parser, "list", "show who is or was a custodian, and what would be lost without them")
    remove = _here(parser, "remove", "let a custodian go, after saying what would be lost")
    remove.add_argument("name", help="the custodian's name or id")
    remove.add_argument("--why", required=True, help="the reason, for the audit trail")
    remove.add_argument(
        "--at-once",
        action="store_true",
        help="they open nothing any more: for a key that is lost or in wrong hands",
    )
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _here(parser: argparse.ArgumentParser, name: str, text: str) -> argparse.ArgumentParser:
    step = steps_of(parser).add_parser(name, help=f"on the server: {text}", description=f"On the server: {text}.")
    add_database_options(step)
    return step


def run(arguments: argparse.Namespace) -> int:
    """Run one step; gives its exit code."""
    if arguments.step not in _HERE:
        return command.run(arguments)
    settings = settings_of(arguments)
    if arguments.step == "invite":
        return custodians_here.invite(arguments.name, settings)
    if arguments.step == "list":
        return custodians_here.show(settings)
    return custodians_here.remove(
        arguments.name, arguments.why, settings, at_once=arguments.at_once, yes=arguments.yes
    )
