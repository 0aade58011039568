"""The report buttons of clients: whatever is pressed, one case with a snapshot lies before the moderators."""

import pytest

from parley.tl import functions, types
from tests.rpc.conftest import Person, Server


@pytest.fixture
async def mallory(server: Server) -> Person:
    return await server.person("+4930666666", "Mallory")


async def filed(server: Server) -> list:
    """What lies before the moderators: policy, who reported, about which messages, how, and the snapshot."""
    rows = await server.messenger.pools.of("safety").fetch(
        "SELECT r.policy, r.reporter, r.subject, r.message_ids, r.comment, r.via, s.body FROM safety.reports r"
        " JOIN safety.snapshots s USING (snapshot_id) ORDER BY r.filed_at"
    )
    return [dict(row) for row in rows]


async def test_a_message_is_reported_by_walking_the_menu(server, alice, mallory):
    await mallory.write(alice, "send me your code")
    await server.settle()
    ids = [1]
    step = functions.messages.Report(peer=alice.peer(mallory), id=ids, option=b"", message="")
    shown = await alice.call(step)
    assert isinstance(shown, types.ReportResultChooseOption)
    scam = next(
        option for option in shown.options if "scam" in option.text.lower() or "fraud" in option.text.lower()
    )
    while isinstance(shown := await alice.call(step.replaced(option=scam.option)), types.ReportResultChooseOption):
        scam = shown.options[0]
    assert isinstance(shown, types.ReportResultReported)
    [report] = await filed(server)
    assert (report["reporter"], report["subject"]) == (alice.account, f"user:{mallory.account}")
    assert (report["message_ids"], report["via"]) == (ids, "chat")
    assert "send me your code" in report["body"]
    assert await alice.refused(step.replaced(option=b"nonsense")) == "OPTION_INVALID"


async def test_a_reason_that_needs_words_asks_for_them_first(server, alice, mallory):
    step = functions.messages.Report(peer=alice.peer(mallory), id=[], option=b"", message="")
    shown = await alice.call(step)
    other = next(option for option in shown.options if option.text == "Something else")
    asked = await alice.call(step.replaced(option=other.option))
    assert isinstance(asked, types.ReportResultAddComment)
    assert not asked.optional
    assert await filed(server) == []
    done = await alice.call(step.replaced(option=asked.option, message="pretends to be my bank"))
    assert isinstance(done, types.ReportResultReported)
    assert [report["comment"] for report in await filed(server)] == ["pretends to be my bank"]


async def test_a_strangers_chat_is_reported_as_spam_with_one_button(server, alice, mallory):
    assert await alice.call(functions.messages.ReportSpam(peer=alice.peer(mallory))) is True
    [report] = await filed(server)
    assert (report["policy"], report["subject"]) == ("spam", f"user:{mallory.account}")


@pytest.mark.parametrize(
    ("reason", "policy"),
    [("ChildAbuse", "child_abuse"), ("IllegalDrugs", "drugs"), ("Fake", "scam"), ("Other", "other")],
)
async def test_a_whole_channel_is_reported_for_telegrams_reasons(server, alice, mallory, reason, policy):
    channel = await mallory.found("Cheap watches")
    await mallory.call(
        functions.channels.UpdateUsername(channel=mallory.input_channel(channel), username="cheap_watches")
    )
    made = getattr(types, f"InputReportReason{reason}")()
    call = functions.account.ReportPeer(peer=alice.peer(channel), reason=made, message="see the first post")
    assert await alice.call(call) is True
    [report] = await filed(server)
    assert (report["policy"], report["subject"]) == (policy, f"channel:{channel}")
    assert (report["comment"], report["via"]) == ("see the first post", "profile")
    assert "Cheap watches" in report["body"]


async def test_nobody_reports_what_they_were_never_shown_or_what_is_gone(server, alice, mallory):
    unknown = types.InputPeerUser(user_id=mallory.account, access_hash=1)
    assert await alice.refused(functions.messages.ReportSpam(peer=unknown)) == "USER_ID_INVALID"
    known = alice.peer(mallory)
    await mallory.call(functions.account.DeleteAccount(reason=""))
    assert await alice.refused(functions.messages.ReportSpam(peer=known)) == "PEER_ID_INVALID"
    assert await filed(server) == []


async def test_a_flood_of_reports_is_slowed_down(server, alice, mallory, monkeypatch):
    monkeypatch.setattr("parley.safety.reports.rules.REPORTS_PER_DAY", 1)
    spam = functions.messages.ReportSpam(peer=alice.peer(mallory))
    await alice.call(spam)
    assert await alice.refused(spam) == "FLOOD_WAIT_3600"
