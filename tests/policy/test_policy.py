"""Which terms held on a day, who accepted them and who has to be asked can always be said."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from parley.core.clock import ManualClock
from parley.core.ids import AccountId
from parley.policy import rules
from parley.policy.errors import DocumentBroken, DocumentNotFound
from parley.policy.library import Library
from parley.policy.model import Kind, Span
from parley.policy.service import Policies
from parley.storage.pools import Pools

ALICE = AccountId(1001)


def source(version: str, effective: str) -> str:
    return f'+++\nversion = "{version}"\neffective = {effective}\ntitle = "Terms"\n+++\nText {version}.\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    terms = tmp_path / "terms"
    terms.mkdir()
    (terms / "1.md").write_text(source("1.0", "2026-01-01"), "utf-8")
    (terms / "2.md").write_text(source("2.0", "2026-12-01"), "utf-8")
    return tmp_path


@pytest.fixture
def policies(pools: Pools, clock: ManualClock, folder: Path) -> Policies:
    return Policies(pools.of("messenger"), clock, Library.load(folder))


def test_the_program_ships_all_documents() -> None:
    library = Library.load()
    for kind in Kind:
        document = library.at(kind, date(2026, 11, 22))
        assert document.title
        assert len(document.text) > 500


def test_shipped_documents_do_not_promise_what_the_server_does_not_do() -> None:
    privacy = Library.load().at(Kind.PRIVACY, date(2026, 11, 22)).text
    assert "not end-to-end encrypted" in privacy
    assert "Until two custodians have enrolled, no address is stored at all" in privacy


def test_an_operators_own_terms_replace_ours(folder: Path) -> None:
    library = Library.load(folder)
    assert [d.version for d in library.versions(Kind.TERMS)] == ["2.0", "1.0"]
    assert library.versions(Kind.PRIVACY) == Library.load().versions(Kind.PRIVACY)


def test_what_held_on_a_day_can_be_said(policies: Policies) -> None:
    assert policies.at(Kind.TERMS, datetime(2026, 11, 30, 23, 59, tzinfo=UTC)).version == "1.0"
    assert policies.at(Kind.TERMS, datetime(2026, 12, 1, tzinfo=UTC)).version == "2.0"
    with pytest.raises(DocumentNotFound):
        policies.at(Kind.TERMS, datetime(2025, 12, 31, tzinfo=UTC))


async def test_people_are_asked_once_for_each_version(policies: Policies, clock: ManualClock) -> None:
    asked = await policies.needs_acceptance(ALICE)
    assert asked is not None
    assert asked.id == "terms-1.0"
    await policies.accept(ALICE, asked.id)
    await policies.accept(ALICE, asked.id)
    assert await policies.needs_acceptance(ALICE) is None
    first = clock.now()
    clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    new = await policies.needs_acceptance(ALICE)
    assert new is not None
    await policies.accept(ALICE, new.id)
    assert [(a.version, a.accepted_at) for a in await policies.acceptances(ALICE)] == [
        ("1.0", first),
        ("2.0", clock.now()),
    ]
    await policies.forget(ALICE)
    assert await policies.acceptances(ALICE) == []


@pytest.mark.parametrize("wrong", ["terms-9", "nothing-1.0", "terms", ""])
async def test_a_version_that_does_not_exist_cannot_be_accepted(policies: Policies, wrong: str) -> None:
    with pytest.raises(DocumentNotFound):
        await policies.accept(ALICE, wrong)


@pytest.mark.parametrize(
    "text",
    [
        "no head",
        "+++\nversion = 1\n+++\nx",
        "+++\nnot toml\n+++\nx",
        '+++\nversion = "1"\neffective = "soon"\ntitle = "T"\n+++\nx',
    ],
)
def test_a_broken_document_is_named(text: str) -> None:
    with pytest.raises(DocumentBroken, match=r"terms\.md"):
        rules.read_document(Kind.TERMS, text, "terms.md")


def test_two_files_cannot_claim_one_version() -> None:
    document = rules.read_document(Kind.TERMS, source("1.0", "2026-01-01"), "a.md")
    with pytest.raises(DocumentBroken):
        rules.in_order([document, document])


def test_clients_get_plain_text_with_marks() -> None:
    made = rules.plain("## Head\n\nA **bold** [link](/x) and `code`.\n\n- one\n- two\n")
    assert made.text == "Head\n\nA bold link and code.\n• one\n• two"
    marked = {(made.text[s.start : s.start + s.length], s.mark) for s in made.spans}
    assert marked == {("Head", "bold"), ("bold", "bold"), ("link", "link"), ("code", "code")}
    assert Span(13, 4, "link", "/x") in made.spans


def test_documents_cannot_carry_scripts() -> None:
    html = rules.markdown().render("<script>alert(1)</script> [x](javascript:alert(1))")
    assert "<script>" not in html
    assert 'href="javascript' not in html
