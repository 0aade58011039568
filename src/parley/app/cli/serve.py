"""Run the server: MTProto, pages and background work in one process, or a part of them."""

from __future__ import annotations

import argparse
import os

from parley.app.cli.options import add_server_options, settings_of
from parley.core.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_server_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; everything accepted is finished first."""
    from parley.app.process import serve

    settings = settings_of(arguments)
    _hand_over_passwords(settings)
    return serve(settings)


def _hand_over_passwords(settings: Settings) -> None:
    """Let the process log in with the passwords that `database prepare` drew; given variables go before them."""
    from parley.app.cli.acting import PASSWORD_VARIABLE
    from parley.storage.prepare import read_passwords

    if settings.database_url:
        for role, password in read_passwords(settings.data_dir).items():
            os.environ.setdefault(PASSWORD_VARIABLE + role.removeprefix("parley_").upper(), password)
