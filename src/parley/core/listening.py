"""A TCP port as a process takes it, and its address as people write it."""

from __future__ import annotations

import socket

Address = tuple[str, int]


def listen(host: str, port: int) -> socket.socket:
    """Take a port; nothing is accepted yet.

    Raises:
        OSError: the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def address_of(listener: socket.socket) -> Address:
    """The address that a socket took."""
    host, port = listener.getsockname()[:2]
    return str(host), int(port)


def shown(address: Address) -> str:
    """An address as `HOST:PORT`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
