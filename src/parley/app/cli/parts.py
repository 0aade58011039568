"""Prepare a data directory for parts that run as separate processes of separate system users."""

from __future__ import annotations

import argparse

from parley.app.cli.options import add_data_dir, settings_of
from parley.core.clock import SystemClock


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the steps and their options."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    text = "as root, with the server stopped: make missing secrets, give each part its files; repeat after changes"
    add_data_dir(steps.add_parser("prepare", help=text, description=text))
    text = "show each part: its system user, the duties that it logs in as, the files that are its own"
    add_data_dir(steps.add_parser("list", help=text, description=text))


def run(arguments: argparse.Namespace) -> int:
    """Do one step."""
    from parley.app import dividing, layout
    from parley.core.parts import Part
    from parley.storage.part_duties import PART_DUTIES

    data_dir = settings_of(arguments).data_dir
    if arguments.step == "prepare":
        dividing.divide(data_dir, SystemClock().now())
        print(f"{data_dir} is divided: start each part with `parley serve --only PART` as its user")
        return 0
    for part in Part:
        files = [entry.path for entry in layout.TABLE if entry.owner == part.user]
        print(f"{part}\tuser {part.user}\tduties {', '.join(PART_DUTIES[part])}\tfiles {', '.join(files)}")
    return 0
