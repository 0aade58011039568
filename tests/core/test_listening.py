"""A port is taken on either kind of address, and shown as browsers take it."""

from __future__ import annotations

from contextlib import closing

import pytest

from parley.core.listening import address_of, listen, shown


@pytest.mark.parametrize(("host", "taken"), [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("::1", "::1")])
def test_a_port_is_taken_and_shown(host: str, taken: str) -> None:
    """An address of either kind, with or without brackets, is one that people can follow."""
    with closing(listen(host, 0)) as listener:
        address, port = address_of(listener)
        assert (address, port > 0) == (taken, True)
        assert shown((address, port)) == (f"[::1]:{port}" if ":" in host else f"127.0.0.1:{port}")


def test_a_port_that_somebody_serves_cannot_be_taken() -> None:
    """Two servers on one port would share their visitors."""
    with closing(listen("127.0.0.1", 0)) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            listen("127.0.0.1", address_of(first)[1])
