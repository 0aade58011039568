"""How a query is read: folded first, cut into words, and how many typing errors each word may have."""

from __future__ import annotations

import re
import unicodedata

from parley.core.folding import fold
from parley.messenger.search.errors import QueryEmpty

MAX_QUERY = 256
MAX_WORDS = 12
_WORD = re.compile(r"[^\W_]+")
#: Scripts that put no spaces between words are cut into overlapping pairs of characters.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


def words(text: str) -> list[str]:
    """Fold a text and cut it into the words that the index knows, without accents."""
    found: list[str] = []
    for word in _WORD.findall(_plain(fold(text))):
        found.extend(_pieces(word))
    return found


def query_words(query: str) -> list[str]:
    """Cut a query into words, the first twelve.

    Raises:
        QueryEmpty: nothing is left.
    """
    found = words(query[:MAX_QUERY].lstrip("@"))[:MAX_WORDS]
    if not found:
        raise QueryEmpty
    return found


def allowed_errors(word: str) -> int:
    """Say how many letters of a word may be wrong: none in short ones, two in long ones."""
    if len(word) < 4 or _UNSPACED.match(word):
        return 0
    return 1 if len(word) < 8 else 2


def _plain(text: str) -> str:
    """Drop accents: people leave them out when they type in a hurry."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _pieces(word: str) -> list[str]:
    if not _UNSPACED.search(word):
        return [word]
    pieces: list[str] = []
    position = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > position:
            pieces.append(word[position : match.start()])
        pieces.extend(_pairs(match.group()))
        position = match.end()
    if position < len(word):
        pieces.append(word[position:])
    return pieces


def _pairs(run: str) -> list[str]:
    return [run] if len(run) < 2 else [run[i : i + 2] for i in range(len(run) - 1)]
