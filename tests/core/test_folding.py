"""A word written with look-alike letters is read as the word that a person sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.core.folding import fold


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("pаsspоrt", "passport"),  # Cyrillic а and о
        ("ΡASSPORT", "passport"),  # Greek Ρ
        ("ｃｏｃａｉｎｅ", "cocaine"),
        ("𝐜𝐨𝐜𝐚𝐢𝐧𝐞", "cocaine"),
        ("🅒🅞🅒🅐🅘🅝🅔", "cocaine"),
        ("c0ca1ne", "cocaine"),
        ("c.o.c.a.i.n.e", "cocaine"),
        ("co\u200bca\u00adine", "cocaine"),
        ("ᴅʀᴜɢs", "drugs"),
        ("парoль", "пароль"),  # Latin o in a Russian word
    ],
)
def test_a_disguised_word_reads_as_itself(written: str, read: str) -> None:
    assert fold(written) == read


@pytest.mark.parametrize("text", ["пароль от почты", "Ελληνικά νέα", "mp3 player 2021", "日本語のニュース"])
def test_honest_text_in_any_script_keeps_its_letters(text: str) -> None:
    assert fold(text) == text.casefold()


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
