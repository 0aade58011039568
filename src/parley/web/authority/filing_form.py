"""Reads the filing form of the portal into a `Filing`, and says beside which field a refusal belongs."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import FormData

from parley.core.errors import ParleyError
from parley.legal.orders.model import Filing, Gag, Instrument
from parley.web.forms import text

INSTRUMENTS = (
    (Instrument.NATIONAL_COURT.value, "Order of a court or prosecutor"),
    (Instrument.EMERGENCY.value, "Emergency: a life or critical infrastructure is in danger now"),
)
ROLES = (("suspect", "a suspect"), ("victim", "a victim"), ("witness", "a witness"), ("other", "somebody else"))
FIELDS = (
    ("phone", "Phone number of the account"),
    ("ip", "Internet addresses of its sign-ins and changes of address"),
    ("port", "Source ports of these addresses"),
    ("ip_time", "Times of these addresses"),
)
#: Categories of the DSA Transparency Database, which reports and statistics use as well.
CATEGORIES = (
    ("STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", "Illegal goods: drugs, weapons, forged papers"),
    ("STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "Fraud and scams"),
    ("STATEMENT_CATEGORY_PROTECTION_OF_MINORS", "Offences against children"),
    ("STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "Terrorism and public security"),
    ("STATEMENT_CATEGORY_VIOLENCE", "Violence and trafficking in people"),
    ("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "Stolen data and malicious software"),
    ("STATEMENT_CATEGORY_CYBER_VIOLENCE", "Stalking, intimate images, online violence"),
    ("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "Offences of expression"),
    ("STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Intellectual property"),
    ("STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "Another offence"),
)
#: The first words of the room's refusals, and the field that they speak of.
_FIELD_OF = {
    "authorisation reference": "authorisation_reference",
    "legal basis": "legal_basis",
    "offence": "offence",
    "identifier": "identifier",
    "person": "role_reason",
    "data": "fields",
    "range": "start",
    "end": "end",
    "gag": "gag_legal_basis",
    "emergency": "facts",
    "document": "document",
}


def errors_of(refused: ParleyError) -> dict[str, str]:
    """Put a refusal beside its field; what names no field stands above the form."""
    said = str(refused)
    name = _FIELD_OF.get(said.partition(":")[0].strip(), "")
    return {name: said[:1].upper() + said[1:]}


def read_filing(data: FormData) -> tuple[Filing | None, dict[str, str]]:
    """Read the form; the filing is None while a field cannot be read at all."""
    errors: dict[str, str] = {}
    start, end = _moment(data, "start", errors), _moment(data, "end", errors)
    gag = _gag(data, errors)
    instrument = text(data, "instrument")
    if instrument not in set(Instrument):
        errors["instrument"] = "Choose what kind of order this is."
    if text(data, "statement_category") not in dict(CATEGORIES):
        errors["statement_category"] = "Choose what the offence is about."
    penalty = text(data, "max_penalty_years", most=3)
    if penalty and not penalty.isdigit():
        errors["max_penalty_years"] = "The highest penalty is a number of years."
    if errors or start is None or end is None:
        return None, errors
    return Filing(
        instrument=Instrument(instrument),
        authorisation_reference=text(data, "authorisation_reference", most=120),
        legal_basis=text(data, "legal_basis", most=500),
        offence=text(data, "offence", most=500),
        statement_category=text(data, "statement_category"),
        max_penalty_years=int(penalty) if penalty else None,
        identifier=text(data, "identifier", most=64),
        person_role=text(data, "person_role"),
        role_reason=text(data, "role_reason", most=2000),
        fields=tuple(name for name, _ in FIELDS if name in data.getlist("fields")),
        start=start,
        end=end,
        facts=text(data, "facts", most=4000),
        gag=gag,
    ), {}


def _gag(data: FormData, errors: dict[str, str]) -> Gag | None:
    if text(data, "gag") != "yes":
        return None
    until = _moment(data, "gag_until", errors) if text(data, "gag_until") else None
    return Gag(text(data, "gag_legal_basis", most=500), text(data, "gag_judge", most=200), until)


def _moment(data: FormData, name: str, errors: dict[str, str]) -> datetime | None:
    """Read a time that a browser's field of type `datetime-local` gives; it is taken as UTC."""
    try:
        return datetime.fromisoformat(text(data, name, most=25)).replace(tzinfo=UTC)
    except ValueError:
        errors[name] = "Give date and time in UTC."
        return None
