"""The tables that an operator may read and change can be read: every one that the package carries."""

import csv
import tomllib
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "parley"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.toml")), ids=lambda path: path.name)
def test_a_table_is_readable_and_says_what_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    assert tomllib.loads(text)
    assert text.startswith("#"), "the first line tells a reader what the table is for"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.tsv")), ids=lambda path: path.name)
def test_a_list_has_the_same_columns_in_every_row(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t") if row and not row[0].startswith("#")]
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len({row[0] for row in rows}) == len(rows), "no name stands twice"


@pytest.mark.parametrize("path", sorted((SOURCE / "legal").rglob("*.toml")), ids=lambda path: path.name)
def test_no_legal_rule_claims_that_counsel_confirmed_it(path: Path) -> None:
    """Only an operator's own counsel can say so, in the operator's copy."""
    marks = [
        line.partition("=")[2].strip()
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("confirmed_by_counsel")
    ]
    assert set(marks) == {"false"}


def test_migrations_are_numbered_once_and_say_why_they_exist() -> None:
    files = sorted((SOURCE / "storage" / "migrations").glob("*.sql"))
    numbers = [path.name.partition("_")[0] for path in files]
    assert len(set(numbers)) == len(numbers)
    for path in files:
        assert path.read_text("utf-8").startswith("--"), f"{path.name} says nothing of itself"
