"""A witness with an address that is none is unreachable like any other, and keeps nobody from asking the rest."""

from __future__ import annotations

import pytest

from parley.app.witness_post import HttpPost
from parley.legal.translog.ports import WitnessUnreachable


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9",
        "https://w.example:abc",
        "http://127.0.0.1:99999",
        "https://[2001:db8::1",
        "https://w.example\x7f",
        "https://xn--\u00fc.example",
    ],
)
async def test_a_witness_that_cannot_be_reached_is_said_to_be_that(address: str) -> None:
    with pytest.raises(WitnessUnreachable):
        await HttpPost()(f"{address}/add-checkpoint", b"")
