"""Unencrypted messages come through whole, and lengths that lie are refused."""

import struct

import pytest

from parley.mtproto.errors import MalformedMessage
from parley.mtproto.plain import pack, parse


def test_a_body_survives_also_with_padding_after_it() -> None:
    assert parse(pack(5, b"body")) == b"body"
    assert parse(pack(5, b"body") + b"\1" * 15) == b"body"


@pytest.mark.parametrize("size", [-4, 0, 3, 6, 8, 5000])
def test_lengths_that_do_not_fit_are_refused(size: int) -> None:
    with pytest.raises(MalformedMessage):
        parse(struct.pack("<qqi", 0, 5, size) + b"body")
    with pytest.raises(MalformedMessage):
        parse(bytes(19))
