"""Decisions about messages: what a client may ask for at once."""

from datetime import UTC, datetime

import pytest

from parley.core.ids import AccountId, BoxId, MessageId
from parley.core.peers import Peer
from parley.messenger.errors import BadRequest
from parley.messenger.messages import rules
from parley.messenger.messages.model import Message, Page, Quote

ALICE = AccountId(1)


@pytest.mark.parametrize(
    ("add_offset", "newer"), [(0, 0), (5, 0), (-1, 1), (-99, 99), (-100, 100), (-101, 100), (-(2**31), 100)]
)
def test_a_page_reaches_back_by_a_page_at_most(add_offset: int, newer: int) -> None:
    """Nobody can have a whole chat read into memory with one number."""
    assert rules.newer_limit(Page(add_offset=add_offset)) == newer


def said(text: str) -> Message:
    return Message(BoxId(1), MessageId(1), Peer.user(ALICE), ALICE, datetime(2026, 11, 2, tzinfo=UTC), text)


@pytest.mark.parametrize(
    ("text", "quoted", "near", "place"),
    [
        ("one two one", "one", 0, 0),
        ("one two one", "one", 7, 8),
        ("😀 yes, yes", "yes", 100, 8),
        ("aaaa", "aa", 1, 1),
    ],
)
def test_a_quote_is_found_where_it_stands(text: str, quoted: str, near: int, place: int) -> None:
    """Counted in UTF-16, at the place nearest to what the client says."""
    assert rules.placed(Quote(quoted, offset=near), said(text)).offset == place


@pytest.mark.parametrize(("text", "quoted"), [("one", "two"), ("one", ""), ("x" * 2000, "x" * 1025)])
def test_words_that_were_not_said_are_no_quote(text: str, quoted: str) -> None:
    """Nobody can put words into somebody's mouth."""
    with pytest.raises(BadRequest, match="QUOTE_TEXT_INVALID"):
        rules.placed(Quote(quoted), said(text))
    with pytest.raises(BadRequest, match="QUOTE_TEXT_INVALID"):
        rules.placed(Quote("one"), None)
