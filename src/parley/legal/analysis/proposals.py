"""What the program can find out by itself about an order: proposals with evidence, never answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.legal.analysis import rules
from parley.legal.analysis.model import Answer, Channel, ChannelRule, IndexValue, Proposal
from parley.legal.authorities import rules as registry_rules
from parley.legal.authorities.model import Authority, AuthorityKind, Officer, Trust
from parley.legal.orders.model import Filing, Instrument, SignatureReport

#: Which kinds of body may issue an instrument.
_ISSUERS = {
    Instrument.NATIONAL_COURT: {AuthorityKind.COURT, AuthorityKind.PROSECUTOR, AuthorityKind.POLICE},
    Instrument.EMERGENCY: set(AuthorityKind),
}
#: Bodies whose orders need nobody else's validation (subscriber data and data to identify the user).
_VALIDATE_THEMSELVES = {AuthorityKind.COURT, AuthorityKind.PROSECUTOR}
#: More orders than this from one officer in a day ring an alarm.
VELOCITY = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """One period in which an account held the named identifier."""

    account: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the proposals rest on; gathered by the service, so that this file does no I/O."""

    filing: Filing
    authority: Authority
    officer: Officer
    recipient_key: str
    report: SignatureReport
    channel: Channel
    screen: Sequence[IndexValue]
    own_country: str
    holders: Sequence[Holder]
    orders_today: int
    first_order: bool
    retention: timedelta
    stores_addresses: bool
    now: datetime


def propose(facts: Facts) -> tuple[Proposal, ...]:
    """Give a proposal for every check that the program can say something about."""
    return tuple(Proposal(check_id, *find(facts)) for check_id, find in _FINDERS.items())


_Found = tuple[Answer, tuple[str, ...]]


def _passed(*evidence: str) -> _Found:
    return Answer.PASS, evidence


def _failed(*evidence: str) -> _Found:
    return Answer.FAIL, evidence


def _a1(f: Facts) -> _Found:
    authority = f.authority
    if not registry_rules.is_current(authority, f.now):
        return _failed(f"The registry has {authority.name} as {authority.trust}; its word is not current.")
    if authority.kind not in _ISSUERS[f.filing.instrument]:
        return _failed(f"A body of kind {authority.kind} does not issue {f.filing.instrument}.")
    if f.filing.instrument not in authority.entry.competence:
        return _failed(
            f"The registry does not name {f.filing.instrument} among the competences of {authority.name}."
        )
    return _passed(
        f"{authority.name} ({authority.country}, {authority.kind}), confirmed by two people, source"
        f" {authority.entry.source_url}"
    )


def _a2(f: Facts) -> _Found:
    if f.filing.instrument is Instrument.EMERGENCY:
        return _passed("An emergency request is validated afterwards, by the order that must follow (E2).")
    if f.authority.kind in _VALIDATE_THEMSELVES:
        return _passed(f"A {f.authority.kind} may order such data without another authority.")
    return Answer.NEEDS_INFO, (
        f"A body of kind {f.authority.kind} may not order such data alone: see in the document which prosecutor or"
        " court validated it.",
    )


def _a3(f: Facts) -> _Found:
    report = f.report
    if report.faults:
        return _failed(*report.faults)
    return _passed(
        f"Signed by {report.signer} at {report.signed_at or 'an unstated time'}; the whole file is covered."
    )


def _a5(f: Facts) -> _Found:
    alarms = []
    if f.authority.trust is Trust.FLAGGED:
        alarms.append(f"The authority is flagged: {f.authority.remark}")
    if f.orders_today > VELOCITY:
        alarms.append(f"{f.orders_today} orders of this officer within 24 hours.")
    if alarms:
        return _failed(*alarms)
    note = ("This is the officer's first order: take the call-back seriously.",) if f.first_order else ()
    return _passed("Neither the authority nor the officer is flagged.", *note)


def _b1(f: Facts) -> _Found:
    return _passed(f"Legal basis: {f.filing.legal_basis}", f"Offence: {f.filing.offence}")


def _b2(f: Facts) -> _Found:
    if not f.holders:
        return _failed("No account held this identifier in the period.")
    return _passed(f"One identifier: {_kind(f.filing.identifier)}.")


def _b2a(f: Facts) -> _Found:
    accounts = {holder.account for holder in f.holders}
    if len(accounts) != 1:
        return _failed(f"{len(accounts)} accounts held the identifier in the period.")
    whole = any(h.since <= f.filing.start and (h.until is None or h.until >= f.filing.end) for h in f.holders)
    if whole:
        return _passed("One account held the identifier during the whole period.")
    spans = [f"from {_day(h.since)} {'on' if h.until is None else f'to {_day(h.until)}'}" for h in f.holders]
    return Answer.FAIL, (f"The account held the identifier only {', '.join(spans)}.", "Narrow the range to that.")


def _b3(f: Facts) -> _Found:
    if f.filing.person_role == "suspect":
        return _passed("The order states that the person is a suspect.")
    return _failed(f"The order names the person as {f.filing.person_role}.")


def _b4(f: Facts) -> _Found:
    oldest = f.now - f.retention
    if f.filing.end <= oldest and "ip" in f.filing.fields:
        return _failed(f"Addresses are kept for {f.retention.days} days; the range ends before that.")
    if f.filing.start < oldest:
        return _passed(f"Trim: addresses before {_day(oldest)} are no longer kept.")
    return _passed("The range lies within what is kept.")


def _c2(f: Facts) -> _Found:
    if "ip" in f.filing.fields and not f.stores_addresses:
        return _failed("No address is stored: fewer than two custodians were enrolled.")
    return _passed("Data of these kinds is held for the period.")


def _c4(f: Facts) -> _Found:
    if f.filing.end > f.now:
        return _failed("The range ends after the order was received: that would be interception.")
    return _passed("The range ended before the order was received; read the document for anything yet to come.")


def _d1(f: Facts) -> _Found:
    low = rules.screened_out(f.screen, f.authority.country, f.own_country)
    if f.channel.rule is ChannelRule.DIRECT and low:
        return _failed("The table says direct, but the rule-of-law screen fails.", *map(str, low))
    if f.channel.rule is ChannelRule.DIRECT:
        return _passed(f.channel.reason)
    return _failed(f"The channel of {f.authority.country} is {f.channel.rule}.", f.channel.reason)


def _d2(f: Facts) -> _Found:
    if not f.screen:
        return Answer.NOT_APPLICABLE, (f"No index value of {f.authority.country} is on file: not screened.",)
    lines = tuple(f"{value}{', at or below the limit' if value.low else ''}" for value in f.screen)
    return (Answer.FAIL if any(value.low for value in f.screen) else Answer.PASS), lines


def _d3(f: Facts) -> _Found:
    word = rules.looks_like_opinion(f.filing.offence)
    if word:
        return _failed(f"The offence contains the words “{word}”, which often name an offence of opinion.")
    return _passed("No word of the offence tells of an opinion offence; read the facts all the same.")


def _f1(f: Facts) -> _Found:
    gag = f.filing.gag
    if gag is None:
        return _passed("No gag: the user is told when the rule of the instrument says so.")
    if gag.until is None:
        return _failed("The gag has no end date: an indefinite gag is always contested.")
    return _passed(f"Gag until {_day(gag.until)}, ordered by {gag.judge}: {gag.legal_basis}")


def _g1(f: Facts) -> _Found:
    if f.officer.age_recipient != f.recipient_key:
        return _failed("The recipient is not the key that this officer enrolled.")
    return _passed(
        "The recipient is the officer's enrolled key; deliveries expire after 14 days and are watermarked."
    )


def _kind(identifier: str) -> str:
    if identifier.startswith("@"):
        return "a username"
    return "a phone number" if identifier.startswith("+") else "an account id"


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


_FINDERS: dict[str, Callable[[Facts], _Found]] = {
    "A1": _a1,
    "A2": _a2,
    "A3": _a3,
    "A5": _a5,
    "B1": _b1,
    "B2": _b2,
    "B2a": _b2a,
    "B3": _b3,
    "B4": _b4,
    "C2": _c2,
    "C4": _c4,
    "D1": _d1,
    "D2": _d2,
    "D3": _d3,
    "F1": _f1,
    "G1": _g1,
}
