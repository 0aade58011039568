"""Which terms held on a day, who accepted them and who has to be asked can always be said."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from parley.core.clock import ManualClock
from parley.core.ids import AccountId
from parley.messenger.accounts.number import SETTLED_AFTER
from parley.messenger.messages.removal import KEPT
from parley.policy import rules
from parley.policy.errors import DocumentBroken, DocumentNotFound
from parley.policy.library import Library
from parley.policy.model import Kind, Span
from parley.policy.service import Policies
from parley.rpc import registry
from parley.safety.enforcement.model import ActionKind
from parley.storage.pools import Pools
from parley.web.moderation.desk import CARRIED_OUT

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


#: Words of the terms for each measure; a measure stands there exactly when the messenger carries it out.
MEASURES = {
    ActionKind.LABEL: "label",
    ActionKind.WARNING_SCREEN: "warning screen",
    ActionKind.HIDE_FROM_SEARCH: "hiding from search",
    ActionKind.REMOVE_CONTENT: "removing posts",
    ActionKind.SUSPEND_MEDIA: "upload",
    ActionKind.READ_ONLY: "reading only",
    ActionKind.SUSPEND: "suspending the account or channel",
    ActionKind.TERMINATE: "ending it",
}
#: What a document says about what this server can do, and the method without which, or with which, it were untrue.
SAYINGS = [
    (Kind.TERMS, "change it in your account", "account.changePhone", True),
    (Kind.FAQ, "Change the number in your app's settings", "account.changePhone", True),
    (Kind.FAQ, "How do I delete my account?", "account.deleteAccount", True),
    (Kind.FAQ, "remove single devices", "account.resetAuthorization", True),
    (Kind.FAQ, "Use the report menu of your app", "messages.report", True),
    (Kind.PRIVACY, "The app has no export", "account.initTakeoutSession", False),
    (Kind.PRIVACY, "Files, pictures and voice messages cannot be sent", "messages.sendMedia", False),
    (Kind.PRIVACY, "Files, pictures and voice messages cannot be sent", "upload.saveFilePart", False),
    (Kind.FAQ, "are not offered by this server yet: it refuses", "messages.requestEncryption", False),
    (Kind.TERMS, "your app asks you to accept", "help.acceptTermsOfService", True),
]


def shipped(kind: Kind) -> str:
    return " ".join(Library.load().at(kind, date(2026, 11, 22)).text.split())


def test_shipped_documents_do_not_promise_what_the_server_does_not_do() -> None:
    privacy = shipped(Kind.PRIVACY)
    assert "not end-to-end encrypted" in privacy
    assert "Until two custodians have enrolled, no address is stored at all" in privacy
    assert f"{KEPT.days} days" in privacy, "how long removed posts can be brought back"
    assert "a device that has been signed in for a day" in shipped(Kind.TERMS)
    assert timedelta(days=1) == SETTLED_AFTER


def test_the_terms_name_exactly_the_measures_that_are_carried_out() -> None:
    [listed] = re.findall(r"The measures are, from the mildest: ([^.]*)\.", shipped(Kind.TERMS))
    assert {kind for kind, words in MEASURES.items() if words in listed} == CARRIED_OUT - {ActionKind.NONE}


@pytest.mark.parametrize(("kind", "saying", "method", "needed"), SAYINGS)
def test_what_a_document_says_about_the_apps_is_so(kind: Kind, saying: str, method: str, needed: bool) -> None:
    assert saying in shipped(kind)
    assert (method in registry.load()) is needed


def test_people_are_told_truthfully_of_which_changes_their_app_tells_them() -> None:
    assert rules.TO_ACCEPT == (Kind.TERMS,)
    assert "Your app does not announce a new version of it" in shipped(Kind.PRIVACY)
    assert "your app asks you to accept the new version" in shipped(Kind.TERMS)


@pytest.mark.parametrize(
    "untrue",
    ["picture, bio", "Messages, files", "export and delete", "You are told of changes in your messenger",
     "known abusive files", "can be barred", "registered as a bot", "search says so in one line",
     "appear after some time", "Terms are counted"],
)  # fmt: skip
def test_what_was_once_said_and_was_not_so_does_not_come_back(untrue: str) -> None:
    assert not [kind for kind in Kind if untrue in shipped(kind)]


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
