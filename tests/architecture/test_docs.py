"""What the documentation points at exists: files, and above all the tests that are said to prove a claim."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def known_tests() -> set[str]:
    """The names of all test functions, of our own code alone."""
    names: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if not {"site-packages", "node_modules"} & set(path.parts):
            names |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_claim_of_the_security_model_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "security-model.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 60
    assert named - known_tests() == set()
