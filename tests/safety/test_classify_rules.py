"""Channels are judged by their posts together, and never by a score alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.core.ids import MessageId
from parley.safety.classify import rules, second_signals
from parley.safety.classify.model import ChannelFacts, PostScore, Rule, RuleMode, RuleRecord, ScoredPost
from parley.safety.classify.shipped import shipped_rules
from parley.safety.errors import RuleRefused

OLD = ChannelFacts(age_days=400, members=10)
RULE = Rule("r", 1, "R", "goods", 0.8, 5, frozenset({"commerce"}), 0.2, "illegal_goods", RuleMode.SHADOW)


def post(score: float, *signals: str) -> ScoredPost:
    return ScoredPost(MessageId(1), PostScore(score, {"goods": score}), frozenset(signals), b"")


def test_a_channel_that_hides_few_offers_among_harmless_posts_still_scores_high() -> None:
    assert rules.channel_score([0.95] * 6 + [0.01] * 14) > 0.9
    assert rules.channel_score([0.95] + [0.01] * 19) < 0.25


def test_no_posts_score_nothing() -> None:
    assert rules.channel_score([]) == 0.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_a_channel_score_lies_between_the_mean_and_the_highest_post(scores: list[float]) -> None:
    assert sum(scores) / len(scores) - 1e-9 <= rules.channel_score(scores) <= max(scores) + 1e-9


def test_a_score_without_a_second_signal_does_nothing() -> None:
    assert rules.fires(RULE, [post(0.99)] * 20, OLD) is None
    hit = rules.fires(RULE, [post(0.99, "commerce")] * 20, OLD)
    assert hit is not None
    assert hit.second == ("commerce",)


def test_a_second_signal_without_a_score_does_nothing() -> None:
    assert rules.fires(RULE, [post(0.3, "commerce")] * 20, OLD) is None


def test_too_few_posts_or_a_rule_that_is_off_do_nothing() -> None:
    posts = [post(0.99, "commerce")] * 20
    assert rules.fires(RULE, posts[:4], OLD) is None
    assert rules.fires(replace(RULE, mode=RuleMode.OFF), posts, OLD) is None


def test_a_rule_stops_itself_when_it_is_wrong_too_often() -> None:
    assert rules.stop_reason(rules.record_of([(True, False)] * 9)) is None
    assert rules.stop_reason(rules.record_of([(True, False)] * 39 + [(False, False)] * 11)) is not None
    assert rules.stop_reason(rules.record_of([(True, False)] * 44 + [(True, True)] * 6)) is not None
    assert rules.stop_reason(rules.record_of([(True, False)] * 45 + [(False, False)] * 5)) is None


def test_only_the_newest_fifty_reviews_count() -> None:
    assert rules.record_of([(True, False)] * 50 + [(False, True)] * 50).precision == 1.0


def test_a_rule_is_enforced_only_after_people_reviewed_enough_of_it() -> None:
    with pytest.raises(RuleRefused):
        rules.change_mode(RULE, RuleMode.ENFORCE, RuleRecord(9, 9, 0, 1.0))
    with pytest.raises(RuleRefused):
        rules.change_mode(RULE, RuleMode.ENFORCE, RuleRecord(50, 30, 0, 0.6))
    assert rules.change_mode(RULE, RuleMode.ENFORCE, RuleRecord(20, 19, 0, 0.95)).mode is RuleMode.ENFORCE
    assert rules.change_mode(RULE, RuleMode.OFF, RuleRecord(0, 0, 0, None)).version == 2


def test_every_rule_ships_in_shadow_and_asks_for_a_second_signal() -> None:
    known = second_signals.TEXT_SIGNALS | {second_signals.COMMERCE, second_signals.YOUNG_CHANNEL}
    for rule in shipped_rules():
        assert rule.mode is RuleMode.SHADOW
        assert rule.second_signals
        assert rule.second_signals <= known


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Order here, 60 EUR per gram", "commerce"),
        ("Dеlivery tоday, write to @shop_one", "contact"),
        ("В наличии, цена 500 руб", "commerce"),
        ("stealth shipping, vacuum sealed", "secrecy"),
    ],
)
def test_an_offer_shows_a_signal_of_its_own(text: str, signal: str) -> None:
    assert signal in second_signals.of_text(text)


def test_news_and_small_talk_show_none() -> None:
    assert second_signals.of_text("Police seized a shipment in the harbour, two people arrested") == frozenset()
    assert second_signals.of_text("Good morning! The library closes early today.") == frozenset()
