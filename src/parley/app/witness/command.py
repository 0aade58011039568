"""The command `parley witness`: make a key; watch a log, or serve logs that ask; cosign what is consistent."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from parley.app.log_verify.errors import LogUnreachable, VerifyError
from parley.app.log_verify.fetching import LogClient
from parley.app.witness.cosigner import Cosigner
from parley.app.witness.keeping import make_key, read_key, witness_once
from parley.app.witness.memory import Memory
from parley.core.clock import Clock, SystemClock
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.notes import VerifierKey

_EVERY_S = 60.0
_PORT = 8787


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare `key`, `run` and `serve`; `register` belongs to the server and is added by it."""
    commands = parser.add_subparsers(dest="action", required=True)
    key = commands.add_parser("key", help="make this witness's key and print its public half")
    key.add_argument("--name", required=True, help="the witness's name, such as witness.example.org/anna")
    key.add_argument("--key", type=Path, required=True, help="the new key file")
    keep = commands.add_parser("run", help="watch a log and cosign its checkpoints")
    keep.add_argument("url", help="a server, or the log itself (…/transparency/log)")
    keep.add_argument("--key", type=Path, required=True, help="this witness's key file")
    keep.add_argument("--state", type=Path, required=True, help="file that remembers what was cosigned")
    keep.add_argument("--vkey", help="the log's key; without it the remembered one, the first time the served one")
    keep.add_argument("--once", action="store_true", help="cosign once and end")
    keep.add_argument("--every", type=float, default=_EVERY_S, metavar="SECONDS", help="pause between looks")
    _configure_serve(commands.add_parser("serve", help="let logs ask this witness over HTTP (C2SP tlog-witness)"))


def _configure_serve(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--key", type=Path, action="append", required=True,
        help="a key file; while a key is being replaced, the old and the new one",
    )  # fmt: skip
    serve.add_argument("--log", action="append", default=[], metavar="VKEY", help="the key of a log to cosign")
    serve.add_argument("--logs", type=Path, metavar="FILE", help="a file with such keys, one a line")
    serve.add_argument("--state", type=Path, required=True, metavar="DIR", help="folder that remembers each log")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, default=_PORT, help=f"port to listen on (default {_PORT})")


def run(arguments: argparse.Namespace, clock: Clock | None = None) -> int:
    """Run the command; 1 when the log contradicts itself, which ends the watch."""
    try:
        if arguments.action == "key":
            return _make(arguments)
        if arguments.action == "serve":
            return _serve(arguments, clock or SystemClock())
        return _watch(arguments, clock or SystemClock(), time.sleep)
    except TranslogError as error:
        hint = f"Keep {arguments.key} and the state: they are evidence.\n" if arguments.action == "run" else ""
        sys.stderr.write(f"NOT COSIGNED: {error}\n{hint}")
        return 1
    except (VerifyError, OSError) as error:
        sys.stderr.write(f"parley witness: {error}\n")
        return 1


def _make(arguments: argparse.Namespace) -> int:
    sys.stdout.write(f"{make_key(arguments.key, arguments.name).verifier}\n")
    return 0


def _serve(arguments: argparse.Namespace, clock: Clock) -> int:
    from parley.app.witness import serving  # the web server, which the other steps do not need

    logs = [VerifierKey.parse(item) for item in arguments.log]
    logs += serving.read_logs(arguments.logs) if arguments.logs else []
    with Memory(arguments.state) as memory:
        keys = [read_key(path) for path in arguments.key]
        return serving.serve(Cosigner(keys, logs, memory, clock), arguments.host, arguments.port)


def _watch(arguments: argparse.Namespace, clock: Clock, pause: Callable[[float], None]) -> int:
    key = read_key(arguments.key)
    with LogClient(arguments.url) as log:
        while True:
            try:
                head = witness_once(log, key, arguments.state, arguments.vkey, clock.now())
            except LogUnreachable as error:
                if arguments.once:
                    raise
                sys.stderr.write(f"parley witness: {error}; trying again\n")
            else:
                sys.stdout.write(f"cosigned {head.origin} at {head.size} leaves\n")
                sys.stdout.flush()
            if arguments.once:
                return 0
            pause(arguments.every)
