"""The options that several commands share, and how they become settings."""

from __future__ import annotations

import argparse
from pathlib import Path

from parley.core.parts import Part
from parley.core.settings import Settings, load


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Add `--data-dir` and `--config`."""
    parser.add_argument("--data-dir", type=Path, help="where the server keeps everything")
    parser.add_argument("--config", type=Path, help="settings file (default: parley.toml in the data directory)")


def add_database_options(parser: argparse.ArgumentParser) -> None:
    """Add what a command needs that works on the database of a server, running or not."""
    add_data_dir(parser)
    parser.add_argument("--database-url", help="the external PostgreSQL of this server, if it has one")


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add every option of `parley serve`."""
    add_data_dir(parser)
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--mtproto-port", type=int, help="port of MTProto over TCP (default 8443)")
    parser.add_argument("--http-port", type=int, help="port of pages and WebSocket (default 8080)")
    parser.add_argument("--database-url", help="an external PostgreSQL instead of the embedded one")
    parser.add_argument("--bus-url", help="a NATS server that connects several processes")
    parser.add_argument("--public-url", help="the address that people use, such as https://chat.example.org")
    parser.add_argument("--trusted-proxy", action="append", metavar="CIDR", help="a proxy that is believed")
    parser.add_argument(
        "--advertised-ip", action="append", metavar="IP", help="where clients are told to connect (IPv4, IPv6)"
    )
    parser.add_argument("--advertised-port", type=int, help="the port they are told (default: the MTProto port)")
    parser.add_argument("--dev", action="store_true", default=None, help="development mode (loopback only)")
    parser.add_argument("--only", choices=[str(part) for part in Part], help="run a part of the server")
    parser.add_argument("--legal-url", help="the address of the part `legal`, when it has one of its own")
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"))


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Merge the given options with environment, file and defaults."""
    given = {k: v for k, v in vars(arguments).items() if v is not None and k in Settings.__slots__}
    for name in ("trusted_proxy", "advertised_ip"):
        if name in given:
            given[name] = tuple(given[name])
    return load(given, file=getattr(arguments, "config", None))
