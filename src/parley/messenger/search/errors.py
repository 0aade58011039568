"""The search room's refusals."""

from __future__ import annotations

from parley.messenger.errors import BadRequest


class QueryEmpty(BadRequest):
    """Nothing to search for is left after folding."""

    name = "SEARCH_QUERY_EMPTY"


class QueryTooShort(BadRequest):
    """Telegram asks for three characters at least in global search by people's names."""

    name = "QUERY_TOO_SHORT"
