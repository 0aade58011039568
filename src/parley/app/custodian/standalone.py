"""The custodians' tool on its own, as `tools/build_custodian_tool.py` packs it: no server and no other command."""

from __future__ import annotations

import argparse
import sys

from parley.app.custodian import command


def main() -> int:
    """Run one step; gives its exit code."""
    parser = argparse.ArgumentParser(prog="parley-custodian", description="A custodian's own tool.")
    command.configure(parser)
    try:
        return command.run(parser.parse_args(sys.argv[1:]))
    except KeyboardInterrupt:
        return 130
