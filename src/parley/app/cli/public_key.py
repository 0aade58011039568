"""Print the server's RSA public key as PKCS#1 PEM, the form that clients ship, or its fingerprint."""

from __future__ import annotations

import argparse
import sys

from parley.app.cli.options import add_data_dir, settings_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data_dir(parser)
    parser.add_argument("--fingerprint", action="store_true", help="print the fingerprint (hexadecimal) instead")


def run(arguments: argparse.Namespace) -> int:
    """Print the key of the data directory; it is made when there is none yet."""
    from parley.app.keys import server_key

    key = server_key(settings_of(arguments).data_dir)
    if arguments.fingerprint:
        print(f"{key.fingerprint & (2**64 - 1):016x}")
    else:
        sys.stdout.write(key.public_pem().strip() + "\n")
    return 0
