"""Signals that do not come from the model: an offer's price, a way to make contact, a promise of secrecy.

A score never acts alone. Each signal here is worthless alone too (a bakery has prices and a phone number);
together with a score they are what makes false alarms rare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parley.core.folding import fold

_AMOUNT = r"\d[\d\s.,]*"
_PRICE = re.compile(
    rf"(?:[$€£₽₿]\s?{_AMOUNT}|{_AMOUNT}\s?(?:[$€£₽₿]|usd\b|eur(?:os?)?\b|gbp\b|usdt\b|btc\b|xmr\b|ton\b|rub\b|руб|грн|сум\b))"
)
_CONTACT = re.compile(
    r"(?<!\w)@[a-z][a-z0-9_]{3,31}\b|t\.me/\w+|wickr|threema|session id|jabber|whatsapp|signal\s?:|"
    r"\b(?:dm|pm|inbox|message|write|text|contact)\s+(?:me|us|now|for|to order)\b|"
    r"\b(?:to order|order (?:now|here|via|by))\b|\b(?:пиши|пишите|писать|заказать|заказ)\b"
)
_INTENT = re.compile(
    r"\b(?:for sale|in stock|buy|sell(?:ing)?|order|ship(?:ping|s|ped)?|deliver(?:y|ed)|wholesale|bulk|"
    r"price(?:s| list)?|escrow|discount|stash|drop|vendor|available now|per gram|quality guaranteed|"
    r"купить|продам|продаж\w+|доставк\w+|"
    r"в наличии|опт|прайс|закладк\w+)\b"
)
_SECRECY = re.compile(
    r"\b(?:stealth|discreet(?:ly)?|vacuum sealed|untraceable|anonym(?:ous|ously)|no questions|undetect\w+|"
    r"real database|registered in|bypass|escrow|tracking free|double sealed|анонимно|без палева)\b"
)
_PATTERNS = {"price": _PRICE, "contact": _CONTACT, "intent": _INTENT, "secrecy": _SECRECY}

TEXT_SIGNALS = frozenset(_PATTERNS)
YOUNG_CHANNEL = "young_channel"
YOUNG_DAYS = 30.0
COMMERCE = "commerce"
"""An intent to sell together with a price or a contact in the same post."""


def of_text(text: str) -> frozenset[str]:
    """Names of the signals in one raw post."""
    plain = fold(text[:2000])
    found = {name for name, pattern in _PATTERNS.items() if pattern.search(plain)}
    if "intent" in found and found & {"price", "contact"}:
        found.add(COMMERCE)
    return frozenset(found)


def share(posts: Iterable[frozenset[str]], signal: str) -> float:
    """Share of posts that carry a signal, 0..1; 0 without posts."""
    seen = list(posts)
    return sum(signal in p for p in seen) / len(seen) if seen else 0.0
