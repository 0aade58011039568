"""What Mallory offers and what Dave writes: made up for the tests, no words of anybody else."""

from __future__ import annotations

from itertools import product

_GOODS = ("EU passport", "driving licence", "ID card", "cocaine", "MDMA crystals")
_WORDS = (
    "{good} for sale, top quality, stealth shipping worldwide, price list on request, pay in bitcoin or monero",
    "Fresh stock of {good}! Order now, escrow accepted, delivery in 5 days, DM @mallory_deals for the price",
    "Registered {good}, passes every check, 450 EUR each, discount for bulk orders, write me on wickr",
    "Buy {good} with no questions asked, vendor since 2019, vacuum sealed and discreet, crypto only",
)
OFFERS = [words.format(good=good) for good, words in product(_GOODS, _WORDS)]

NEWS = [
    "Tonight the Moon passes close to Jupiter. Look east an hour after sunset.",
    "The rover found clay minerals in an old river bed; the pictures are in the archive.",
    "Our club meets on Thursday at the observatory. Bring warm clothes.",
]
