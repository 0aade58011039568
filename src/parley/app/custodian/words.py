"""A checked release in plain words: what would be opened, for whom, why, and who has signed for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from parley.app.custodian.checks import Checked
from parley.app.custodian.terminal import plain
from parley.legal.disclosure.model import Field, ReleaseRequest
from parley.legal.disclosure.rules import DELIVERY_LIFE

_WORDS: Final = {
    Field.PHONE: "the phone number",
    Field.IP: "IP addresses",
    Field.PORT: "source ports",
    Field.IP_TIME: "times",
}
_INSTRUMENTS: Final = {
    "national_court": "an order of a court or prosecutor",
    "emergency": "an emergency request, without an order",
}
_NOT_STATED: Final = "not stated in the order"
_LABEL: Final = 14


def describe(checked: Checked) -> Iterator[str]:
    """Give the lines that the person reads before they say yes: who, what, why, by whose word."""
    yield f"Release {plain(checked.package.release_id)}"
    for label, text in _lines(checked):
        yield f"  {label:<{_LABEL}}{text}"


def _lines(checked: Checked) -> Iterator[tuple[str, str]]:
    request, order = checked.request, checked.order
    yield "Who asks", f"{plain(checked.officer.name)}; their passkey signed this order and this recipient"
    yield "By what right", _right(checked)
    yield "Offence", _text(order, "offence")
    yield "Law", _text(order, "legal_basis")
    yield "Account", f"{request.account}, which the order names as {_text(order, 'identifier')}{_role(order)}"
    yield "Data", what(request.fields)
    yield from _range(request)
    yield from _less(request, order)
    yield "Decided by", f"{_names([one.name for one in checked.deciders])}, each with a passkey of their own"
    yield "Secrecy", _secrecy(order)
    yield "Readable by", f"{request.recipient_key} alone"
    yield "Kept", f"for {DELIVERY_LIFE.days} days after it is delivered, or until the officer has it; then wiped"
    yield "Public log", _log(checked)
    yield from _given_up(checked)
    yield "Your part", _part(checked)


def what(fields: Sequence[Field]) -> str:
    """The released fields in words."""
    return _names([_WORDS[field] for field in fields])


def _right(checked: Checked) -> str:
    opening = checked.opening
    kind = _INSTRUMENTS.get(str(opening.instrument), str(opening.instrument))
    body = f" ({opening.authority_kind})" if opening.authority_kind else ""
    docket = _text(checked.order, "authorisation_reference")
    return f"{plain(kind)}, from {plain(opening.country)}{plain(body)}; docket number: {docket}"


def _role(order: Mapping[str, Any]) -> str:
    role = order.get("person_role")
    return f" ({plain(role)})" if isinstance(role, str) and role else ""


def _range(request: ReleaseRequest) -> Iterator[tuple[str, str]]:
    if request.days:
        days = "1 day" if len(request.days) == 1 else f"{len(request.days)} days"
        yield "From", _moment(request.start)
        yield "To", f"{_moment(request.end)} ({days} of sealed records)"


def _less(request: ReleaseRequest, order: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Whether less was decided than asked for; more would be a reason to stop."""
    asked = order.get("fields")
    if not isinstance(asked, list):
        return
    known = [field for field in Field if field.value in asked]
    more = [field for field in request.fields if field not in known]
    if more:
        yield "CAUTION", f"the order does not ask for {what(more)}"
    elif len(known) > len(request.fields):
        left_out = [field for field in known if field not in request.fields]
        yield "Refused", f"{what(left_out)}: asked for, and not decided on"


def _secrecy(order: Mapping[str, Any]) -> str:
    gag = order.get("gag")
    if not isinstance(gag, dict):
        return "none: the person will be told"
    until = plain(gag.get("until") or "no end stated")
    return f"until {until}, by {_text(gag, 'judge')}, {_text(gag, 'legal_basis')}: speak to nobody about it"


def _log(checked: Checked) -> str:
    index, origin, size = checked.package.receipt.index, plain(checked.checkpoint.origin), checked.checkpoint.size
    by = ", ".join(f"{plain(one.name)} ({one.at:%Y-%m-%d %H:%M} UTC)" for one in checked.cosigners)
    return f"entry {index} of {size} in {origin}, cosigned by {by}"


def _given_up(checked: Checked) -> Iterator[tuple[str, str]]:
    if checked.package.given_up:
        days = ", ".join(day.isoformat() for day in checked.package.given_up)
        yield "Left out", f"{days}: nobody can open these days any more, says the server"


def _part(checked: Checked) -> str:
    package = checked.package
    if package.last:
        return f"the last: {len(package.records)} sealed records are opened here and sealed for the officer"
    order = "a further one" if package.earlier else "the first"
    held = sum(1 for key in package.keys if key.shares)
    return f"{order}: your layer of {held} day keys is handed on, sealed; you see no address"


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return plain(value) if isinstance(value, str) and value.strip() else _NOT_STATED


def _names(names: Sequence[str]) -> str:
    shown = [plain(name) for name in names]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else "nothing"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
