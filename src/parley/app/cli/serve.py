"""Run the server: MTProto, pages and background work in one process, or a part of them."""

from __future__ import annotations

import argparse

from parley.app.cli.options import add_server_options, settings_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; everything accepted is finished first."""
    from parley.app.process import serve

    return serve(settings_of(arguments))
