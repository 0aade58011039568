"""The wire forms of a succession's parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.legal.disclosure.package import (
    decode,
    encode,
    name_from_json,
    name_to_json,
    share_from_json,
    share_to_json,
    text,
)
from parley.legal.vault.envelopes import SEALED_SHARE_SIZE
from parley.legal.vault.rewrapping import Answered, Given
from parley.legal.vault.succession import Part


def part_out(part: Part) -> dict[str, Any]:
    """Give a key that somebody has a part to do for as JSON."""
    return {
        **name_to_json(part.name),
        "hold_id": part.hold_id,
        "share": share_to_json(part.share),
        "hint": None if part.hint is None else encode(part.hint),
    }


def given_in(raw: Mapping[str, Any]) -> tuple[Part, Given]:
    """Read a giver's part; call it inside `reading`."""
    hint = decode(raw["hint"], SEALED_SHARE_SIZE)
    return _part_in(raw), Given(share_from_json(raw["own"]), share_from_json(raw["heirs"]), hint)


def answered_in(raw: Mapping[str, Any]) -> tuple[Part, Answered]:
    """Read the second custodian's part; call it inside `reading`."""
    return _part_in(raw), Answered(share_from_json(raw["own"]), share_from_json(raw["heirs"]))


def _part_in(raw: Mapping[str, Any]) -> Part:
    hold_id = raw["hold_id"]
    return Part(name_from_json(raw), share_from_json(raw["share"]), None if hold_id is None else text(hold_id))
