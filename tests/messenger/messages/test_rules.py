"""Decisions about messages: what a client may ask for at once."""

import pytest

from parley.messenger.messages import rules
from parley.messenger.messages.model import Page


@pytest.mark.parametrize(
    ("add_offset", "newer"), [(0, 0), (5, 0), (-1, 1), (-99, 99), (-100, 100), (-101, 100), (-(2**31), 100)]
)
def test_a_page_reaches_back_by_a_page_at_most(add_offset: int, newer: int) -> None:
    """Nobody can have a whole chat read into memory with one number."""
    assert rules.newer_limit(Page(add_offset=add_offset)) == newer
