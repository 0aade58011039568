"""A decision does exactly what it says to the messenger, and can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from parley.core.ids import AccountId, ChannelId, DecisionId
from parley.safety.enforcement import rules
from parley.safety.enforcement.model import ActionKind, PlannedAction, Sanction
from parley.safety.subjects import Subject

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CHANNEL = Subject.channel(ChannelId(77))
OWNER = AccountId(5)
D = DecisionId("d")


def test_the_story_s_decision_becomes_three_effects() -> None:
    actions = [
        PlannedAction(ActionKind.HIDE_FROM_SEARCH),
        PlannedAction(ActionKind.REMOVE_CONTENT),
        PlannedAction(ActionKind.SUSPEND, 24),
    ]
    hide, remove, suspend = rules.effects_of(D, CHANNEL, OWNER, "drugs", actions, NOW)
    assert (hide.topic, hide.payload["state"], hide.undo_topic) == (
        "enforce.hide_from_search", "hidden", "enforce.list_in_search",
    )  # fmt: skip
    assert remove.payload["all_until"] == NOW.isoformat()
    assert suspend.topic == "enforce.suspend_channel"
    assert suspend.payload["until"] == (NOW + timedelta(hours=24)).isoformat()
    assert len({e.payload["effect"] for e in (hide, remove, suspend)}) == 3


@pytest.mark.parametrize("kind", [k for k in ActionKind if k not in {ActionKind.NONE, ActionKind.ADD_HASH}])
@pytest.mark.parametrize("subject", [CHANNEL, Subject.user(OWNER)])
def test_every_effect_can_be_taken_back(kind: ActionKind, subject: Subject) -> None:
    (effect,) = rules.effects_of(D, subject, OWNER, "drugs", [PlannedAction(kind, 24)], NOW)
    assert effect.topic in rules.TOPICS
    assert effect.undo_topic in rules.TOPICS


def test_a_term_or_no_action_changes_nothing_at_the_messenger() -> None:
    assert (
        rules.effects_of(D, Subject.term("x"), None, "drugs", [PlannedAction(ActionKind.HIDE_FROM_SEARCH)], NOW)
        == []
    )
    assert rules.effects_of(D, CHANNEL, OWNER, "drugs", [PlannedAction(ActionKind.NONE)], NOW) == []


def test_a_limit_ends_by_itself() -> None:
    limit = Sanction(OWNER, ActionKind.READ_ONLY, NOW, NOW + timedelta(hours=1))
    during, after = rules.standing([limit], NOW), rules.standing([limit], NOW + timedelta(hours=1))
    assert (during.may_write, during.until) == (False, limit.until)
    assert after.may_write


def test_the_strictest_limit_counts_and_an_endless_one_tells_no_end() -> None:
    limits = [
        Sanction(OWNER, ActionKind.SUSPEND_MEDIA, NOW, NOW + timedelta(hours=1)),
        Sanction(OWNER, ActionKind.TERMINATE, NOW, None),
    ]
    standing = rules.standing(limits, NOW)
    assert (standing.may_write, standing.suspended, standing.until) == (False, True, None)


def test_earlier_strikes_lengthen_and_old_ones_are_forgotten() -> None:
    assert rules.recommended_hours(7, [], NOW) == 168
    assert rules.recommended_hours(7, [NOW - timedelta(days=10)], NOW) == 336
    assert rules.recommended_hours(7, [NOW - timedelta(days=400)], NOW) == 168
    assert rules.recommended_hours(10, [NOW] * 40, NOW) == 24 * 365
