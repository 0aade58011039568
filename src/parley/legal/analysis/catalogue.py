"""Reads the data files of the analysis: the shipped ones, or the operator's own copies of them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from parley.legal.analysis.errors import RulesInvalid
from parley.legal.analysis.model import Channel, ChannelRule, Check, Effect, IndexValue


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The checks, channels and index values in force; `sha256` names the state of each file in the public log."""

    checks: tuple[Check, ...]
    channels: Mapping[tuple[str, str], Channel]
    default: Channel
    screen: Mapping[str, tuple[IndexValue, ...]] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)

    def check(self, check_id: str) -> Check | None:
        """Find a check."""
        return next((check for check in self.checks if check.id == check_id), None)


def load(folder: Path | None = None) -> Catalogue:
    """Read the catalogue; files in `folder` take the place of the shipped ones.

    Raises:
        RulesInvalid: a file breaks its form.
    """
    checks, checks_sha256 = _read(folder, "checks.toml")
    channels, channels_sha256 = _read(folder, "channels.toml")
    screen, screen_sha256 = _read(folder, "rule_of_law.toml")
    try:
        return Catalogue(
            checks=tuple(_check(raw) for raw in checks["check"]),
            channels={key: value for raw in channels.get("channel", ()) for key, value in _channel(raw).items()},
            default=Channel(ChannelRule(channels["default"]), channels["default_reason"]),
            screen=_screen(screen),
            sha256={"checks": checks_sha256, "channels": channels_sha256, "rule_of_law": screen_sha256},
        )
    except (KeyError, ValueError, TypeError) as error:
        raise RulesInvalid(f"the rules of the analysis cannot be read: {error}") from error


def _read(folder: Path | None, name: str) -> tuple[dict[str, Any], str]:
    own = folder / name if folder else None
    data = (
        own.read_bytes()
        if own is not None and own.exists()
        else resources.files(__package__).joinpath(name).read_bytes()
    )
    try:
        return tomllib.loads(data.decode()), hashlib.sha256(data).hexdigest()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesInvalid(f"{name}: {error}") from error


def _check(raw: Mapping[str, Any]) -> Check:
    def effect(key: str) -> Effect | None:
        return Effect(raw[key]) if key in raw else None

    return Check(
        id=raw["id"],
        question=raw["question"],
        applies_to=tuple(raw["applies_to"]),
        effect=Effect(raw["effect"]),
        law_ref=raw["law_ref"],
        source=raw["source"],
        read_on=raw.get("read_on"),
        confirmed_by_counsel=raw["confirmed_by_counsel"],
        machine=raw["machine"],
        effect_voluntary=effect("effect_voluntary"),
        effect_outside_eu=effect("effect_outside_eu"),
    )


def _channel(raw: Mapping[str, Any]) -> dict[tuple[str, str], Channel]:
    made = Channel(ChannelRule(raw["channel"]), raw["reason"], raw["source"])
    return {(raw["country"], instrument): made for instrument in raw["instruments"]}


def _screen(raw: Mapping[str, Any]) -> dict[str, tuple[IndexValue, ...]]:
    indices = {one["id"]: one for one in raw["index"]}
    found: dict[str, list[IndexValue]] = {}
    for one in raw.get("value", ()):
        index = indices[one["index"]]
        value = IndexValue(
            one["index"], index["title"], float(one["value"]), int(one["year"]), one["source"], one["read_on"],
            low=float(one["value"]) <= float(index["limit"]),
        )  # fmt: skip
        found.setdefault(one["country"], []).append(value)
    return {country: tuple(values) for country, values in found.items()}
