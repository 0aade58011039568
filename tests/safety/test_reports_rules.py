"""The report menu leads every reporter to a reason; @SearchReport understands what people send."""

import pytest

from parley.safety.errors import NothingToReport, UnknownOption
from parley.safety.policies import policies
from parley.safety.reports import rules
from parley.safety.reports.model import AddComment, ChooseOption, Chosen, Outcome


def test_the_first_step_offers_the_reasons() -> None:
    step = rules.walk(b"", "")
    assert isinstance(step, ChooseOption)
    assert "Illegal goods and services" in [o.text for o in step.options]


def test_every_walk_ends_in_a_reason_that_we_have() -> None:
    def walk(option: bytes) -> set[str]:
        step = rules.walk(option, "")
        if isinstance(step, Chosen):
            return {step.policy}
        if isinstance(step, AddComment):
            last = rules.walk(step.option, "words")
            assert isinstance(last, Chosen)
            return {last.policy}
        return set().union(*(walk(o.option) for o in step.options))

    parents = {p.parent for p in policies().values()}
    assert walk(b"") == {name for name in policies() if name not in parents}


def test_something_else_needs_words() -> None:
    other = str(policies()["other"].option).encode()
    asked = rules.walk(other, "")
    assert isinstance(asked, AddComment)
    assert not asked.optional
    assert rules.walk(asked.option, "They follow me home") == Chosen("other")
    assert isinstance(rules.walk(asked.option, "  "), AddComment)


@pytest.mark.parametrize("option", [b"999", b"\xff\x00", b"c", b"3" * 200])
def test_an_option_that_was_never_offered_is_refused(option: bytes) -> None:
    with pytest.raises(UnknownOption):
        rules.walk(option, "")


@pytest.mark.parametrize(
    ("text", "term", "name"),
    [
        ("fake passports", "fake passports", None),
        ("fake passports @paper_shop", "fake passports", "paper_shop"),
        ("https://t.me/paper_shop/15", None, "paper_shop"),
        ("parley.example/paper_shop", None, "paper_shop"),
        ("tg://resolve?domain=paper_shop", None, "paper_shop"),
        ("/report fake passports: @paper_shop", "fake passports", "paper_shop"),
        ("поддельные паспорта", "поддельные паспорта", None),
    ],
)
def test_a_term_a_name_or_a_link_is_understood(text: str, term: str | None, name: str | None) -> None:
    said = rules.read_search_report(text)
    assert (said.term, said.username) == (term, name)


@pytest.mark.parametrize("text", ["", "/start", "👍", "..."])
def test_a_message_that_names_nothing_gets_help(text: str) -> None:
    with pytest.raises(NothingToReport):
        rules.read_search_report(text)


def test_a_reporter_learns_the_outcome_in_plain_words() -> None:
    assert "took action" in rules.outcome_text(Outcome.ACTED, "the channel “X”")
    assert "no breach" in rules.outcome_text(Outcome.NOT_ACTED, "the channel “X”")


@pytest.mark.parametrize(
    ("reason", "policy"),
    [
        ("inputReportReasonChildAbuse", "child_abuse"),
        ("childAbuse", "child_abuse"),
        ("illegalDrugs", "drugs"),
        ("fake", "scam"),
        ("somethingNew", "other"),
    ],
)
def test_a_reason_of_older_menus_finds_its_policy(reason: str, policy: str) -> None:
    assert rules.policy_of_reason(reason) == policy
