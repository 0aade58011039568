"""The automatic rules that ship with Parley, read from `rules.toml`; the database holds what they became."""

from __future__ import annotations

import tomllib
from importlib import resources

from parley.safety.classify.model import Rule, RuleMode


def shipped_rules() -> list[Rule]:
    """The rules of `rules.toml`, all in shadow mode."""
    raw = tomllib.loads(resources.files("parley.safety.classify").joinpath("rules.toml").read_text("utf-8"))
    return [
        Rule(
            rule_id=rule_id,
            version=1,
            mode=RuleMode.SHADOW,
            **{**fields, "second_signals": frozenset(fields["second_signals"])},
        )
        for rule_id, fields in raw.items()
    ]
