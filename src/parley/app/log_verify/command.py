"""The command `parley log verify`: what it asks and what it says; every mismatch ends it with exit code 1."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parley.app.log_verify.errors import VerifyError
from parley.app.log_verify.fetching import LogClient, fetch_once
from parley.app.log_verify.verifying import Asked, Policy, Verified, verify
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.notes import VerifierKey


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare `parley log verify` and its options."""
    parser.add_argument("action", choices=("verify",), help="fetch the whole log and check it")
    parser.add_argument("url", help="a server, or the log itself (…/transparency/log)")
    parser.add_argument("--state", type=Path, help="file that remembers key and checkpoint from run to run")
    parser.add_argument("--receipt", type=Path, help="a receipt to verify as well")
    parser.add_argument(
        "--seen", type=Path, action="append", default=[], metavar="FILE",
        help="a checkpoint that somebody else was shown: it has to be a past of this log",
    )  # fmt: skip
    parser.add_argument(
        "--ask", action="append", default=[], metavar="URL",
        help="a witness (its address): what it saw has to be a past of this log, or the split is named",
    )  # fmt: skip
    parser.add_argument("--ask-listed", action="store_true", help="ask the witnesses that the log lists, too")
    parser.add_argument(
        "--accept-new-log", action="store_true",
        help="the remembered log has ended: go on with the one that proves to have followed it",
    )  # fmt: skip
    parser.add_argument(
        "--vkey", help="the log's key; without it the remembered one, the first time the served one"
    )
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="a witness that you trust")
    parser.add_argument(
        "--cosignatures", type=int, default=0, metavar="N", help="how many of them must have cosigned"
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify; 0 when everything holds, 1 when anything does not."""
    policy = Policy(tuple(VerifierKey.parse(item) for item in arguments.witness), arguments.cosignatures)
    try:
        receipt = arguments.receipt.read_bytes() if arguments.receipt else None
        seen = [path.read_bytes() for path in arguments.seen]
        asked = Asked(fetch_once, tuple(arguments.ask), arguments.ask_listed)
        with LogClient(arguments.url) as log:
            found = verify(
                log, state=arguments.state, vkey=arguments.vkey, policy=policy, receipt=receipt, seen=seen,
                asked=asked, accept_new_log=arguments.accept_new_log,
            )  # fmt: skip
    except (TranslogError, VerifyError, OSError) as error:
        sys.stderr.write(f"MISMATCH: {error}\n" if isinstance(error, TranslogError) else f"NOT VERIFIED: {error}\n")
        return 1
    sys.stdout.write(report(found))
    return 0


def report(found: Verified) -> str:
    """Say in plain words what was verified."""
    head = found.head.checkpoint
    lines = [
        f"verified {head.origin}",
        f"  {head.size} leaves in {found.survey.batches} batches and {found.survey.tiles} tiles",
        f"  root {head.root.hex()}",
    ]
    lines += [f"  cosigned by {item.name} at {item.at.isoformat()}" for item in found.head.cosigners]
    lines += [f"  {view}" for view in found.views]
    lines.append(f"  {found.openings} leaves opened in {len(found.quarters)} quarters, each as committed")
    lines += [f"  {number} leaves of {quarter} are still closed" for quarter, number in found.closed]
    if found.receipt is not None:
        opening = found.receipt.opening
        lines.append(f"  receipt: leaf {found.receipt.index} is in the log and says {opening.canonical().decode()}")
    if found.followed is not None:
        lines.append(f"  {found.followed}")
    if found.old_log is not None:
        lines.append(f"  receipt of an older log of this server: {found.old_log}")
    if found.first_time:
        lines.append("  first visit: the key was taken as served; compare it with one from elsewhere")
    return "\n".join(lines) + "\n"
