"""A checked release in plain words: what would be opened, for whom, why, and who has signed for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.app.custodian.checks import Checked
from parley.app.custodian.terminal import plain
from parley.legal.disclosure.model import Field, ReleaseRequest

_WORDS = {
    Field.PHONE: "the phone number",
    Field.IP: "IP addresses",
    Field.PORT: "source ports",
    Field.IP_TIME: "times",
}
_ORDER_LINES = 12


def describe(checked: Checked) -> Iterator[str]:
    """Give the lines that the person reads before they say yes."""
    request, opening = checked.request, checked.opening
    yield f"Release {plain(checked.package.release_id)}"
    yield f"  account     {request.account}"
    yield f"  opens       {what(request)}"
    yield from _range(request)
    yield f"  asked by    {plain(checked.officer.name)} (passkey checked: signed this order for this recipient)"
    yield f"  readable by {request.recipient_key} alone"
    yield f"  why         {plain(opening.instrument)} from {plain(opening.country)}"
    for key, value in _order_lines(checked.order):
        yield f"    {plain(key)}: {plain(value)}"
    yield f"  decided by  {', '.join(plain(one.name) for one in checked.deciders)} (passkeys checked)"
    yield f"  public log  entry {checked.package.receipt.index} of {plain(checked.checkpoint.origin)}, in a tree of"
    yield f"              {checked.checkpoint.size} leaves, cosigned by {_cosigners(checked)}"
    if checked.package.given_up:
        days = ", ".join(day.isoformat() for day in checked.package.given_up)
        yield f"  left out    {days}: nobody can open these days any more, says the server"
    yield f"  your part   {_part(checked)}"


def what(request: ReleaseRequest) -> str:
    """The released fields in words."""
    return ", ".join(_WORDS[field] for field in request.fields)


def _range(request: ReleaseRequest) -> Iterator[str]:
    if request.days:
        days = "day" if len(request.days) == 1 else "days"
        yield f"  from        {request.start:%Y-%m-%d %H:%M:%S} UTC"
        yield f"  until       {request.end:%Y-%m-%d %H:%M:%S} UTC ({len(request.days)} {days} of sealed records)"


def _order_lines(order: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    shown = 0
    for key, value in order.items():
        if isinstance(value, str | int | bool) and shown < _ORDER_LINES:
            shown += 1
            yield key, value


def _cosigners(checked: Checked) -> str:
    return ", ".join(f"{plain(one.name)} ({one.at:%Y-%m-%d %H:%M} UTC)" for one in checked.cosigners)


def _part(checked: Checked) -> str:
    package = checked.package
    if package.last:
        return (
            f"the last: {len(package.records)} sealed records are opened on this machine and sealed for the officer"
        )
    order = "a further one" if package.earlier else "the first"
    held = sum(1 for key in package.keys if key.shares)
    return f"{order}: your layer of {held} day keys is handed on, sealed; you see no address"
