"""What the documentation points at exists: files, and above all the tests that are said to prove a claim."""

import re
from pathlib import Path

import pytest

from parley.mtproto.limits import Limits
from parley.rpc import registry
from parley.tl import layers

ROOT = Path(__file__).resolve().parents[2]
OURS = ("src", "docs", "tools", "deploy", "tests/tl", "tests/properties", "tests/journeys", "tests/architecture",
        "tests/messenger", "tests/rpc")  # fmt: skip
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def known_tests() -> set[str]:
    """The names of all test functions, of our own code alone."""
    names: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        if not {"site-packages", "node_modules"} & set(path.parts):
            names |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_source_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`([\w./-]+\.(?:py|toml|sql|tsv|md|html))`", page.read_text("utf-8"))
    ours = [name for name in named if name != "parley.toml" and not name.startswith("DATA/")]  # or the operator's
    files = [f"/{path.relative_to(ROOT)}" for top in OURS for path in (ROOT / top).rglob("*.*")]
    files += [f"/{path.name}" for path in ROOT.iterdir()]
    lost = {name for name in ours if not any(file.endswith(f"/{name}") for file in files)}
    assert lost == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    assert named - known_tests() == set()


def test_the_security_model_proves_what_it_claims() -> None:
    sections = (ROOT / "docs" / "security-model.md").read_text("utf-8").partition("## Claims and their tests")[2]
    claims = re.findall(
        r"^\* .+?(?=^\* |^#)", sections.partition("## What a thief gets")[0], re.MULTILINE | re.DOTALL
    )
    assert len(claims) > 30
    assert [claim for claim in claims if "`test_" not in claim] == []


def test_the_table_of_methods_is_the_registry() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    table = re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    written = {f"{family}.{name}" for family, names in table for name in names.split(", ")}
    assert written == set(registry.load())


def test_the_layers_and_limits_that_the_protocol_page_names_are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    assert f"| layers | {', '.join(map(str, sorted(layers.SUPPORTED)))};" in text
    assert f"| messages in a container | {Limits().container_messages:,} |" in text
    assert f"| calls of one connection at work at once | {Limits().calls_in_flight} |" in text
    assert f"| connections from one address | {Limits().connections_per_address:,} |" in text
    assert f"| sessions of one key | {Limits().sessions_per_key};" in text
