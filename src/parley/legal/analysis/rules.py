"""Pure decisions of the analysis: which checks apply, what a failure does, and when data may be released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from parley.legal.analysis.catalogue import Catalogue
from parley.legal.analysis.errors import AnswerInvalid, SamePerson
from parley.legal.analysis.model import (
    Answer,
    Assessment,
    Channel,
    ChannelRule,
    Check,
    CheckAnswer,
    CheckView,
    Effect,
    IndexValue,
)

#: Instruments that do not bind: disclosure is the operator's own choice, so promises to members come first.
VOLUNTARY = frozenset({"emergency", "dsa18"})
_CODES = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
#: Member states of the European Union (Art. 52 TEU), ISO 3166-1 with Greece as GR.
EU = frozenset(_CODES.split())
#: Words in an offence that tell of an opinion offence; they propose an answer and decide nothing.
OPINION_WORDS = (
    "insult", "lese", "lèse", "majesty", "defam", "extremis", "separatis", "blasphem", "religious feeling",
    "discredit", "false information", "fake news", "propaganda", "protest", "assembly", "foreign agent",
    "undesirable", "incitement against the state", "public official", "president", "national symbol", "desert",
)  # fmt: skip
_REMARK_NEEDED = {Answer.FAIL, Answer.NEEDS_INFO}


def channel_of(catalogue: Catalogue, own_country: str, country: str, instrument: str) -> Channel:
    """Give the channel for an order of a country: one's own state is direct by law."""
    if country == own_country:
        return Channel(ChannelRule.DIRECT, "The operator's own state: its orders bind directly.")
    return catalogue.channels.get((country, instrument), catalogue.default)


def screened_out(screen: Sequence[IndexValue], country: str, own_country: str) -> tuple[IndexValue, ...]:
    """Give the values for which a country's direct channel does not hold; never for one's own state or the EU."""
    if country == own_country or country in EU:
        return ()
    return tuple(value for value in screen if value.low)


def applicable(catalogue: Catalogue, instrument: str) -> tuple[Check, ...]:
    """Give the checks that people answer for an instrument before a decision, in the order of the file."""
    asked = (check for check in catalogue.checks if check.effect is not Effect.AFTERWARDS)
    return tuple(c for c in asked if "*" in c.applies_to or instrument in c.applies_to)


def effect_of(check: Check, instrument: str, country: str) -> Effect:
    """Say what a failure of a check does to an order of this instrument and country."""
    if check.effect_outside_eu is not None and country not in EU:
        return check.effect_outside_eu
    if check.effect_voluntary is not None and instrument in VOLUNTARY:
        return check.effect_voluntary
    return check.effect


def check_answer(check: Check, answer: Answer, remark: str) -> None:
    """Check that an answer says enough.

    Raises:
        AnswerInvalid: a failure without a reason, or "not applicable" where the check always applies.
    """
    if answer in _REMARK_NEEDED and len(remark.strip()) < 3:
        raise AnswerInvalid("say why: a failed check and a question need a remark")
    if answer is Answer.NOT_APPLICABLE and check.machine and check.effect is Effect.BLOCKING:
        raise AnswerInvalid("this check applies to every order")


def check_second(answer: CheckAnswer, by: str) -> None:
    """Refuse a confirmation that is none.

    Raises:
        AnswerInvalid: nobody has answered.
        SamePerson: the same person answered.
    """
    if answer.answer is None:
        raise AnswerInvalid("nobody has answered this check yet")
    if answer.answered_by == by:
        raise SamePerson("another person has to confirm this answer")


def assess(views: Sequence[CheckView]) -> Assessment:
    """Say what the answers allow.

    Data may be released when every check is answered, two people stand behind every blocking one, and no
    blocking check and no form3 ground has failed. `must_refer` is set when the country's channel forbids a
    direct answer.
    """
    open_ = tuple(view.check.id for view in views if _is_open(view))
    grounds = tuple(view for view in views if view.answer.answer is Answer.FAIL)
    asked = tuple(view.check.id for view in views if view.answer.answer is Answer.NEEDS_INFO)
    stops = any(view.effect in (Effect.BLOCKING, Effect.FORM3) for view in grounds)
    return Assessment(
        open=open_,
        grounds=grounds,
        may_disclose=not open_ and not stops and not asked,
        must_refer=any(view.check.id == "D1" for view in grounds),
        missing=asked,
    )


def _is_open(view: CheckView) -> bool:
    if view.answer.answer is None:
        return True
    return view.effect is Effect.BLOCKING and not view.answer.settled


def reasons(assessment: Assessment, channel: Channel) -> str:
    """Write reasons out of the failed checks, for a person to complete.

    What only narrows a disclosure is no reason to refuse one, so it counts where nothing else has failed.
    """
    stopping = [view for view in assessment.grounds if view.effect in (Effect.BLOCKING, Effect.FORM3)]
    trims = [view for view in assessment.grounds if view.effect is Effect.TRIM]
    lines = []
    for view in stopping or trims:
        lines.append(f"{view.check.id}: {view.check.question} No. {view.answer.remark} ({view.check.law_ref})")
    if assessment.must_refer:
        lines.append(channel.reason)
    return "\n".join(" ".join(line.split()) for line in lines)


def looks_like_opinion(offence: str) -> str | None:
    """Give the word that makes an offence look like one of opinion, or None."""
    folded = offence.casefold()
    return next((word for word in OPINION_WORDS if word in folded), None)


def views_of(
    checks: Sequence[Check], answers: Mapping[str, CheckAnswer], instrument: str, country: str
) -> tuple[CheckView, ...]:
    """Join the checks of an order with their answers."""
    return tuple(
        CheckView(check, effect_of(check, instrument, country), answers[check.id])
        for check in checks
        if check.id in answers
    )
