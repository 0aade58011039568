"""The options of `parley custodian` and the step from a refusal to an exit code.

Exit codes: 0 done, 1 other refusal, 2 wrong usage, 3 key file or passphrase, 4 a check failed, 5 not yet,
6 server, 7 the person said no.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from parley.app.custodian import enrolling, following, opening, policy, rewrapping, rotating
from parley.app.custodian.errors import DONE, ToolError
from parley.app.custodian.terminal import Console, Terminal, plain
from parley.app.custodian.tidying import tidy
from parley.app.custodian.tool import Tool
from parley.core.errors import ParleyError

DEFAULT_KEY_FILE = "~/.config/parley/custodian.key"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the commands and their options."""
    commands = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    enrol = _add(commands, "enrol", "make keys and register their public halves")
    enrol.add_argument("server", help="the server's address, such as https://chat.example.org")
    enrol.add_argument("--token", required=True, help="the one-time token that the operator gave you")
    opens = _add(commands, "open", "check releases and open your part of them")
    opens.add_argument("release", nargs="?", help="one release; all that wait when left out")
    opens.add_argument("--dry-run", action="store_true", help="check and show in plain words, open nothing")
    _add(commands, "pin", "compare fingerprints and pin people's keys")
    _add(commands, "cosign", "follow the public log and cosign its newest checkpoint")
    wraps = _add(commands, "rewrap", "give a successor shares of older days, together with another custodian")
    wraps.add_argument("name", help="the successor, whom you have pinned")
    _add(commands, "rotate", "change your keys; nothing is opened")
    needs = _add(commands, "policy", "say how many cosignatures by others a release needs")
    needs.add_argument("minimum", type=int, help="how many of them")
    needs.add_argument("name", nargs="*", help="whose count; anybody's who is pinned when left out")
    _add(commands, "passphrase", "change the passphrase of the key file")
    _add(commands, "show", "show your own fingerprint")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    step = commands.add_parser(name, help=text, description=text)
    step.add_argument("--key-file", type=Path, default=Path(DEFAULT_KEY_FILE), help=f"default {DEFAULT_KEY_FILE}")
    step.add_argument(
        "--passphrase-file", type=Path, help="read the passphrase from a file instead of the keyboard"
    )
    step.add_argument("--yes", action="store_true", help="answer every question with yes (for rehearsals)")
    return step


def run(arguments: argparse.Namespace) -> int:
    """Run one command; gives its exit code."""
    key_file = arguments.key_file.expanduser()
    terminal = Console(arguments.yes, arguments.passphrase_file)
    if arguments.step == "enrol":
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return carry_out(Tool(key_file, terminal), arguments)


def carry_out(tool: Tool, arguments: argparse.Namespace) -> int:
    """Run one command with a given tool and turn a refusal into its exit code and one line."""
    try:
        return _step(tool, arguments)
    except ToolError as error:
        return _stopped(tool.terminal, error, error.exit_code)
    except ParleyError as error:
        return _stopped(tool.terminal, error, ToolError.exit_code)


def _step(tool: Tool, arguments: argparse.Namespace) -> int:
    if arguments.step == "enrol":
        return enrolling.enrol(tool, arguments.server, arguments.token)
    if arguments.step == "open":
        return opening.open_releases(tool, arguments.release, dry_run=arguments.dry_run)
    if arguments.step == "rewrap":
        return rewrapping.rewrap(tool, arguments.name)
    if arguments.step == "policy":
        return policy.set_policy(tool, arguments.minimum, arguments.name)
    if arguments.step == "cosign":
        return cosign(tool)
    steps = {
        "pin": enrolling.pin,
        "rotate": rotating.rotate,
        "passphrase": rotating.passphrase,
        "show": enrolling.show,
    }
    return steps[arguments.step](tool)


def cosign(tool: Tool) -> int:
    """Follow the log and cosign its newest checkpoint.

    Raises:
        ToolError: the log does not hold, or the server fails.
    """
    with tool.unlocked() as unlocked:
        tidy(unlocked)
        head = following.cosign_newest(unlocked.client, unlocked.keys, tool.state_file, tool.clock)
    tool.terminal.say(f"Cosigned {plain(head.origin)} at {head.size} leaves.")
    return DONE


def _stopped(terminal: Terminal, error: ParleyError, code: int) -> int:
    terminal.say(f"Stopped: {plain(error)}")
    return code
