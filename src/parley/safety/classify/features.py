"""Turns a text into hashed n-grams: characters 2–5 and words 1–2, the same in training and in service.

Character n-grams are hashed with array arithmetic over code points, words with CRC-32: no hash of a
cryptographic kind is needed, and Python's own `hash` differs from process to process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

from parley.core.folding import fold

BUCKETS = 1 << 18
"""Size of the hashed feature space; the low 18 bits of each hash name the bucket."""
MAX_CHARS = 600
"""Longer posts are cut: the training texts were, and the cost of one post stays bounded."""
CHAR_SIZES = (2, 3, 4, 5)

_MASK = BUCKETS - 1
_PRIME = np.uint32(0x01000193)
_MIX = np.uint32(0x85EBCA6B)
_TOKENS = re.compile(r"\w+")
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_0-9]{1,30}>|\[(?:hashtag|mention|url|link|phone|email|user|number)\]", re.I)
_LINK = re.compile(
    r"(?:https?://|www\.|t\.me/)\S+|\b[\w\-]+(?:\.[\w\-]+)*\.(?:com|net|org|ru|io|me|info|xyz|top|uz|gg|ly)\b(?:/\S*)?"
)
_MENTION = re.compile(r"(?<!\w)@\w+")
_HASHTAG = re.compile(r"#(\w+)")
_MARKUP = re.compile(r"\*\*|__|~~|`+")
_DIGIT = re.compile(r"\d")
_SPACES = re.compile(r"\s+")

Buckets = npt.NDArray[np.int64]


def normalise(text: str) -> str:
    """Fold a post and replace what identifies its source rather than its kind: links, names, numbers."""
    text = _PLACEHOLDER.sub(" ", text[: 2 * MAX_CHARS])
    text = _MARKUP.sub(" ", fold(text))
    text = _LINK.sub(" [link] ", text)
    text = _MENTION.sub(" [at] ", text)
    text = _HASHTAG.sub(r"\1", text)
    text = _DIGIT.sub("0", text)
    return _SPACES.sub(" ", text).strip()[:MAX_CHARS]


def buckets_of(text: str) -> Buckets:
    """Distinct buckets of a raw post, ascending; empty for a post without text."""
    plain = normalise(text)
    if not plain:
        return np.empty(0, dtype=np.int64)
    hashes = [h for _, h in _char_hashes(plain)]
    hashes.append(np.fromiter((h for _, h in _word_hashes(plain)), dtype=np.uint32))
    return np.unique(np.concatenate(hashes) & np.uint32(_MASK)).astype(np.int64)


def buckets_by_word(text: str) -> Iterator[tuple[str, Buckets]]:
    """Each distinct word of a raw post with the buckets of all n-grams inside it, for explaining a score."""
    for word in dict.fromkeys(_TOKENS.findall(normalise(text))):
        hashes = [h for _, h in _char_hashes(word)]
        hashes.append(np.fromiter((h for _, h in _word_hashes(word)), dtype=np.uint32))
        yield word, np.unique(np.concatenate(hashes) & np.uint32(_MASK)).astype(np.int64)


def _char_hashes(plain: str) -> Iterator[tuple[int, npt.NDArray[np.uint32]]]:
    codes = np.frombuffer(f" {plain} ".encode("utf-32-le"), dtype=np.uint32)
    rolling = codes
    for size in range(2, CHAR_SIZES[-1] + 1):
        if len(codes) < size:
            return
        rolling = rolling[:-1] * _PRIME + codes[size - 1 :]
        yield size, _finish(rolling + np.uint32(size))


def _finish(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    mixed = (values ^ (values >> np.uint32(15))) * _MIX
    return mixed ^ (mixed >> np.uint32(13))


def _word_hashes(plain: str) -> Iterator[tuple[str, int]]:
    words = _TOKENS.findall(plain)
    for word in words:
        yield word, crc32(word.encode(), 0x1)
    for first, second in pairwise(words):
        pair = f"{first} {second}"
        yield pair, crc32(pair.encode(), 0x2)
