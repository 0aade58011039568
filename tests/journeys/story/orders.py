"""What the authorities of the story state, and what the operator's people answer about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

COURT_DE = {
    "name": "Amtsgericht Beispielstadt",
    "country": "DE",
    "kind": "court",
    "level": "local",
    "competence": ["national_court", "emergency"],
    "email_domains": "ag-beispielstadt.de",
    "callback_numbers": "+49 30 5550 100",
    "source_url": "https://www.justiz.example/gerichte/beispielstadt",
}
POLICE_BY = {
    "name": "District Police of Example Rajon",
    "country": "BY",
    "kind": "police",
    "level": "local",
    "competence": ["national_court"],
    "email_domains": "police.example.by",
    "callback_numbers": "+375 17 555 0100",
    "source_url": "https://police.example.by/contacts",
}
OFFICER_DE = {"name": "Inspector Roth", "email": "roth@ag-beispielstadt.de"}
OFFICER_BY = {"name": "Captain Novik", "email": "novik@police.example.by"}

#: What people answer on the court's order, where the program proposes nothing.
ANSWERS_DE = {
    "A4": "Called back on the number of our registry; the clerk of division 12 confirmed docket 12 Gs 34/26.",
    "B5": "Our terms forbid the sale of drugs and forged papers.",
    "B6": "The order comes from our own state.",
    "C1": "One account and one hour; the number identifies, the addresses show where from.",
    "C3": "Neither content nor traffic data is asked for.",
    "D4": "The channel is a shop; nothing points to a protected profession.",
    "D5": "A seller in our own country; nothing points to persecution, to a minor or to stalking.",
    "D6": "No other country's law is touched.",
}
REASONS_DE = (
    "The order is valid and signed, the clerk confirmed it, and every check is passed. Number and addresses of one "
    "account for one hour are the least that serves."
)
#: The same for the second order; what the program found itself (D1, D3) stands.
ANSWERS_BY = {
    "A4": "Called back on the number of our registry; the duty officer confirmed the reference.",
    "B5": "An insult of an official is not named in our terms.",
    "B6": "No such offence exists in the operator's state in this form.",
    "C1": "The number alone would serve as well.",
    "C3": "Neither content nor traffic data is asked for.",
    "D4": "Nothing is known about the person's profession.",
    "D5": "A person who criticises an office of their own state may be a dissident; nobody abroad is named.",
    "D6": "A disclosure would break GDPR Art. 48: no agreement covers it.",
}
FAILED_BY = frozenset({"B5", "B6", "C1", "D5", "D6"})


def court_order(account: str, start: datetime, end: datetime, gag_until: datetime) -> dict[str, Any]:
    """The court's order against a seller of drugs and forged papers."""
    return {
        "instrument": "national_court",
        "authorisation_reference": "12 Gs 34/26",
        "legal_basis": "section 100k of the Code of Criminal Procedure",
        "offence": "Sale of narcotics and forgery of documents, section 29 BtMG, section 267 StGB",
        "statement_category": "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
        "max_penalty_years": "5",
        "identifier": account,
        "person_role": "suspect",
        "fields": ["phone", "ip", "port", "ip_time"],
        "start": _written(start),
        "end": _written(end),
        "gag": "yes",
        "gag_legal_basis": "section 101 (4) of the Code of Criminal Procedure",
        "gag_judge": "Judge Adler",
        "gag_until": _written(gag_until),
    }


def insult_order(account: str, start: datetime, end: datetime) -> dict[str, Any]:
    """The order of a police force about an offence of opinion, from a country without a direct channel."""
    return {
        "instrument": "national_court",
        "authorisation_reference": "17-4/882",
        "legal_basis": "Article 369 of the Criminal Code",
        "offence": "Insulting a public official",
        "statement_category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        "max_penalty_years": "3",
        "identifier": account,
        "person_role": "suspect",
        "fields": ["phone", "ip", "port", "ip_time"],
        "start": _written(start),
        "end": _written(end),
    }


def gag_of_30_days(now: datetime) -> datetime:
    """When the secrecy of the court's order ends."""
    return now + timedelta(days=30)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
