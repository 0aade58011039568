"""Folds the ways in which one text can be written to look like another, before anything reads it.

Sellers mix scripts, widths, invisible characters and digits so that a filter sees another word than the
reader does. Everything that classifies, counts or looks up text folds it here first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_CYRILLIC_FROM = "авсԁеёғһніїјкӏморԛѕтуѵԝх"
_CYRILLIC_TO = "abcdeefhhiijklmopqstyvwx"
_GREEK_FROM = "αβγεζηικνορτυχωϲϳ"
_GREEK_TO = "abyezniknoptuxwcj"
_LATIN_TO_CYRILLIC_FROM = "abcehkmoptxyi"
_LATIN_TO_CYRILLIC_TO = "авсенкмортхуі"
_SMALL_CAPITALS_FROM = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
_SMALL_CAPITALS_TO = "abcdefghijklmnoprstuvwyz"

TO_LATIN: Mapping[int, str] = {
    **{ord(a): b for a, b in zip(_CYRILLIC_FROM, _CYRILLIC_TO, strict=True)},
    **{ord(a): b for a, b in zip(_GREEK_FROM, _GREEK_TO, strict=True)},
}
TO_CYRILLIC: Mapping[int, str] = {
    ord(a): b for a, b in zip(_LATIN_TO_CYRILLIC_FROM, _LATIN_TO_CYRILLIC_TO, strict=True)
}
_LETTER_FORMS: Mapping[int, str] = {
    **{ord(a): b for a, b in zip(_SMALL_CAPITALS_FROM, _SMALL_CAPITALS_TO, strict=True)},
    # squared and circled capitals that compatibility normalisation leaves alone
    **{0x1F150 + i: chr(97 + i) for i in range(26)},
    **{0x1F170 + i: chr(97 + i) for i in range(26)},
    ord("’"): "'",
}
_DIGIT_LETTERS: Mapping[str, str] = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"}

_WORD = re.compile(r"\w+")
_DIGIT_INSIDE = re.compile(r"(?<=[^\W\d_])[013457](?=[^\W\d_])")
_SPELT_OUT = re.compile(r"(?<!\w)[^\W\d_](?:([.\-_*·|])[^\W\d_])(?:\1[^\W\d_]){2,}(?!\w)")
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def fold(text: str) -> str:
    """Return the text in one canonical spelling: lower case, one script per word, nothing invisible.

    Idempotent. Words that are wholly of one script keep it.
    """
    plain = _CONTROLS.sub("", text.lower()) if text.isascii() else _visible(text)
    plain = _SPELT_OUT.sub(lambda m: m.group(0).replace(m.group(1), ""), plain)
    # Digits for letters can be undone in one pass where no word is of another script.
    plain = _fold_word(plain) if plain.isascii() else _WORD.sub(lambda m: _fold_word(m.group(0)), plain)
    return _SPACES.sub(" ", plain).strip()


def _visible(text: str) -> str:
    """Bring letters of any script to one form and drop what a reader does not see."""
    plain = unicodedata.normalize("NFKC", text).translate(_LETTER_FORMS).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    return "".join(c for c in plain if not _invisible(c))


def _invisible(char: str) -> bool:
    """Format characters and variation selectors: a reader does not see them, a filter would."""
    if char.isascii():
        return char < " " and char not in "\t\n\r"
    category = unicodedata.category(char)
    return category in {"Cf", "Cc", "Cs"} or "\ufe00" <= char <= "\ufe0f"


def _fold_word(word: str) -> str:
    if word.isascii():
        return _DIGIT_INSIDE.sub(lambda m: _DIGIT_LETTERS[m.group(0)], word)
    latin = sum(1 for c in word if c.isascii() and c.isalpha())
    other = sum(1 for c in word if _is_cyrillic(c) or _is_greek(c))
    if latin and other:
        cyrillic_leads = sum(1 for c in word if _is_cyrillic(c) and ord(c) not in TO_LATIN) > 0
        word = word.translate(TO_CYRILLIC if cyrillic_leads and other > latin else TO_LATIN)
    return word


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u052f"


def _is_greek(char: str) -> bool:
    return "\u0370" <= char <= "\u03ff"
