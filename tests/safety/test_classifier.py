"""The shipped classifier orders what people look at: offers first, small talk and news last."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.safety.classify import linear
from parley.safety.classify.features import MAX_CHARS, normalise
from parley.safety.classify.linear import LinearModel
from parley.safety.classify.model import PostSeen
from parley.safety.classify.rules import channel_score
from parley.safety.errors import ModelUnreadable
from tests.safety.conftest import NEWS, OFFERS

LOOKALIKES = [
    "Police seized 300 kg of cocaine in the port, two arrested",
    "Passport office: new opening hours, fee 60 euro, book online",
    "We sell fresh honey 8 EUR per jar, order @farmshop, delivery on Friday",
    "Never mix alcohol with GHB. Free drug checking at the festival",
]


def test_offers_score_above_small_talk_and_look_alikes(model: LinearModel) -> None:
    def goods(texts: list[str]) -> float:
        return channel_score([model.score(t).categories["illegal_goods"] for t in texts])

    assert goods(OFFERS) > 0.9
    assert goods(NEWS) < 0.5
    assert goods(LOOKALIKES) < 0.8


def test_a_disguised_offer_scores_like_the_plain_one(model: LinearModel) -> None:
    plain = model.score("Cocaine flake, 5g 250 EUR, stealth shipping").categories["illegal_goods"]
    disguised = model.score("C0caine flаke, 5g 250 EUR, steаlth ѕhipping").categories["illegal_goods"]
    assert disguised == pytest.approx(plain, abs=0.05)


def test_a_moderator_sees_the_words_that_weighed_most(model: LinearModel) -> None:
    words = [g.text for g in model.explain(OFFERS[1], "illegal_goods")]
    assert "cocaine" in words
    assert "shipping" in words


def test_an_unknown_head_is_refused(model: LinearModel) -> None:
    with pytest.raises(KeyError):
        model.explain("x", "taste")


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_every_text_has_a_score_between_nought_and_one(model: LinearModel, text: str) -> None:
    score = model.score(text)
    assert all(0.0 <= v <= 1.0 for v in (score.illicit, *score.categories.values()))


def test_a_post_without_text_scores_nothing(model: LinearModel) -> None:
    assert model.score("   ").illicit == 0.0


def test_links_names_and_masks_do_not_tell_a_source() -> None:
    assert (
        normalise("<PERSON> sells at https://x.example/y and @some_name, 250 EUR")
        == "sells at [link] and [at] , 000 eur"
    )
    assert len(normalise("a" * 5000)) <= MAX_CHARS


def test_the_weights_stay_on_disk_and_small(model: LinearModel) -> None:
    assert isinstance(model.weights.base, np.memmap) or isinstance(model.weights, np.memmap)
    assert model.weights.nbytes <= 3 * 1024 * 1024


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable):
        linear.load(tmp_path)
    (tmp_path / "model.json").write_text(
        json.dumps({"heads": ["illicit"], "version": "x", "scale": [1], "bias": [0]})
    )
    np.save(tmp_path / "weights.npy", np.zeros((4, 1), dtype=np.int8))
    with pytest.raises(ModelUnreadable):
        linear.load(tmp_path)


def test_a_post_is_read_from_the_outbox() -> None:
    payload = {"channel": 5, "message": 7, "author": 9, "text": "hi", "at": "2026-11-02T09:00:00+00:00"}
    seen = PostSeen.from_payload(payload)
    assert (seen.channel, seen.message, seen.posted_at) == (5, 7, datetime(2026, 11, 2, 9, tzinfo=UTC))
