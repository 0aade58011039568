"""The command line `parley`: one module per command, imported only when it runs, so that each starts fast."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from parley import __version__
from parley.core.errors import ParleyError

#: Command → what it does, in the order of `parley --help`. Each is a module of this package.
COMMANDS = {
    "serve": "run the server",
    "public-key": "print the server's RSA key, or its fingerprint",
    "staff": "add people of the operator, list them, invite them again",
    "custodian": "a custodian's own tools: enrol, open, rotate; and `invite` for the operator",
    "witness": "keep watch over a public log and cosign it; and `register` for the operator",
    "log": "verify a public log or a receipt",
    "new-log": "begin a new public log because the old one cannot go on, and say why",
    "report": "write the transparency report of a quarter",
    "database": "prepare an external PostgreSQL, or bring the tables to the newest state",
    "secrets": "list the server's secrets, or change one of them",
    "backup": "write an encrypted backup",
    "restore": "make an empty data directory from a backup",
    "parts": "prepare a data directory for parts that run as separate system users",
    "doctor": "check that the walls of this installation stand",
    "bench": "measure a server that is started for it",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit code. A refusal is one line on standard error and exit 1."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in COMMANDS:
        return _overview(arguments)
    module = importlib.import_module(f"parley.app.cli.{arguments[0].replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"parley {arguments[0]}", description=module.__doc__)
    module.configure(parser)
    try:
        result: int = module.run(parser.parse_args(arguments[1:]))
    except ParleyError as error:
        print(f"parley {arguments[0]}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return result


def _overview(arguments: list[str]) -> int:
    if arguments[:1] == ["--version"]:
        print(f"parley {__version__}")
        return 0
    asked = not arguments or arguments[0] in ("-h", "--help", "help")
    out = sys.stdout if asked else sys.stderr
    if not asked:
        print(f"parley: there is no command {arguments[0]!r}\n", file=out)
    print("usage: parley COMMAND [options]\n\ncommands:", file=out)
    for name, purpose in COMMANDS.items():
        print(f"  {name:<12} {purpose}", file=out)
    print("\n`parley COMMAND --help` tells more.", file=out)
    return 0 if asked else 2
