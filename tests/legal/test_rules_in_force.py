"""An operator's own rules take the shipped ones' place, and the public log can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.core.errors import ParleyError
from parley.legal import rules_in_force
from parley.legal.clocks import table


def test_a_copy_in_the_data_directory_is_what_holds(tmp_path: Path) -> None:
    shipped = rules_in_force.load()
    text = table.FILE.read_text("utf-8")
    (tmp_path / "clocks.toml").write_text(text.replace('period = "8 hours"', 'period = "4 hours"'))
    changed = rules_in_force.load(tmp_path)
    emergency = next(rule for rule in changed.clocks if (rule.instrument, rule.name) == ("emergency", "answer"))
    assert str(emergency.period) == "4 hours"
    different = {name for name, digest in changed.hashes.items() if shipped.hashes[name] != digest}
    assert different == {"clocks"}


@pytest.mark.parametrize("name", ["checks", "channels", "clocks", "holidays", "notices"])
def test_a_broken_copy_stops_the_start_instead_of_being_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.toml").write_text("[[")
    with pytest.raises(ParleyError):
        rules_in_force.load(tmp_path).calendar("DE")
