"""From a report to a decision, a statement, an appeal and the reporter's answer, on a real database."""

import pytest

from parley.core.ids import CaseId, ChannelId
from parley.safety.appeals.model import AppealOutcome
from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.errors import CaseClosed, CaseLocked, NotYourLock, SameReviewer
from parley.safety.policies import Queue
from parley.safety.reports.model import Reported, Via
from parley.safety.review import log, store
from parley.safety.review.model import CaseStatus
from parley.safety.subjects import Subject
from tests.safety.conftest import ANN, BEN, BOB, CAROL, MALLORY, NEWS, Room

DECISION = [
    PlannedAction(ActionKind.HIDE_FROM_SEARCH),
    PlannedAction(ActionKind.REMOVE_CONTENT),
    PlannedAction(ActionKind.SUSPEND, 720),
]


async def reported_case(room: Room) -> CaseId:
    subject = await room.open_shop()
    step = await room.reports.step(BOB, subject, [1], b"33", "")
    assert isinstance(step, Reported)
    (case_id,) = await room.case_ids()
    return CaseId(case_id)


async def decided_case(room: Room) -> CaseId:
    case_id = await reported_case(room)
    await room.review.lock(ANN, case_id)
    await room.review.decide(ANN, case_id, "forged_papers", "Eight posts offer forged papers.", DECISION)
    return case_id


async def test_the_classifier_opens_a_case_of_its_own_in_shadow_mode_and_hides_nothing(room: Room) -> None:
    await room.open_shop()
    (case_id,) = await room.case_ids()
    case = await store.get(room.database, CaseId(case_id))
    assert case is not None
    assert case.queue is Queue.MACHINE_ONLY
    assert case.machine_score is not None
    assert case.machine_score > 0.8
    assert await room.sent("enforce.hide_from_search") == []


async def test_a_harmless_channel_gets_no_case(room: Room) -> None:
    await room.open_shop(NEWS)
    assert await room.case_ids() == []


async def test_one_case_holds_the_reports_and_the_machine_s_signal(room: Room) -> None:
    case_id = await reported_case(room)
    answer = await room.reports.search_report(CAROL, "forged passports @paper_shop900")
    assert "forged passports" in answer
    case = await store.get(room.database, case_id)
    assert case is not None
    assert (case.queue, case.reporters) == (Queue.ILLEGAL_GOODS, 2)
    assert await room.case_ids() == [case_id]


async def test_a_reported_term_joins_the_case_of_what_search_shows_for_it(room: Room) -> None:
    case_id = await reported_case(room)
    term = Subject.term("forged passports")
    shown = room.world.add_channel(ChannelId(1), "x", MALLORY, [], "x")
    snapshot = room.world.known.pop(shown.key)
    room.world.known[term.key] = type(snapshot)(
        term, snapshot.taken_at, "forged passports", None, "", 0, None, None, (), ("channel:900",)
    )
    await room.reports.search_report(BOB, "forged passports")
    assert await room.case_ids() == [case_id]
    rows = await room.database.fetch("SELECT term FROM safety.reports WHERE term IS NOT NULL")
    assert [r["term"] for r in rows] == ["forged passports"]


async def test_a_term_without_results_has_a_case_of_its_own(room: Room) -> None:
    await room.reports.search_report(BOB, "Fоrged passports")
    (case_id,) = await room.case_ids()
    case = await store.get(room.database, CaseId(case_id))
    assert case is not None
    assert case.subject == Subject.term("forged passports")
    assert case.queue is Queue.SEARCH_REPORT


async def test_reporting_twice_is_one_report(room: Room) -> None:
    case_id = await reported_case(room)
    await room.reports.step(BOB, Subject.of_key("channel:900"), [1], b"33", "")
    assert await room.database.fetchval("SELECT count(*) FROM safety.reports WHERE case_id=$1", case_id) == 1


async def test_a_decision_reaches_search_the_owner_and_the_reporter(room: Room) -> None:
    case_id = await reported_case(room)
    await room.reports.search_report(BOB, "forged passports @paper_shop900")
    await room.review.lock(ANN, case_id)
    decision = await room.review.decide(ANN, case_id, "forged_papers", "Eight posts offer forged papers.", DECISION)
    assert decision.status == "final"
    (hidden,) = await room.sent("enforce.hide_from_search")
    assert (hidden["subject"], hidden["state"], hidden["reason"]) == ("channel:900", "hidden", "forged_papers")
    assert len(await room.sent("enforce.remove_messages")) == len(await room.sent("enforce.suspend_channel")) == 1
    messages = await room.sent("notify.service_message")
    statement, *outcomes = sorted(messages, key=lambda m: m["account"] != MALLORY)
    assert "/appeal" in statement["text"]
    assert "{link}" not in statement["text"]
    assert {(o["account"], o["sender"]) for o in outcomes} == {(BOB, "service"), (BOB, "search_report")}
    assert await room.database.fetchval("SELECT bool_and(verdict) FROM safety.signals")


async def test_the_case_s_log_is_whole_and_its_rows_cannot_be_changed(room: Room) -> None:
    case_id = await decided_case(room)
    events = await log.entries(room.database, case_id)
    assert [e.kind for e in events] == ["opened", "signal", "reported", "locked", "statement", "decided"]
    assert log.first_breach(case_id, events) is None
    with pytest.raises(Exception, match="permission denied"):
        await room.database.execute("UPDATE safety.case_events SET actor='x'")


async def test_the_audit_trail_names_who_decided(room: Room) -> None:
    case_id = await decided_case(room)
    row = await room.database.fetchval(
        "SELECT count(*) FROM safety.decisions WHERE case_id=$1 AND decided_by='ann' AND status='final'", case_id
    )
    assert row == 1


async def test_two_people_never_work_on_one_case(room: Room) -> None:
    case_id = await reported_case(room)
    await room.review.lock(ANN, case_id)
    with pytest.raises(CaseLocked):
        await room.review.lock(BEN, case_id)
    with pytest.raises(NotYourLock):
        await room.review.decide(BEN, case_id, "spam", "", [PlannedAction(ActionKind.NONE)])
    room.clock.advance(16 * 60)
    await room.review.lock(BEN, case_id)
    with pytest.raises(NotYourLock):
        await room.review.decide(ANN, case_id, "spam", "", [PlannedAction(ActionKind.NONE)])
    await room.review.skip(BEN, case_id, "not my language")
    await room.review.lock(ANN, case_id)


async def test_a_decided_case_is_closed_and_a_new_report_opens_a_new_one(room: Room) -> None:
    case_id = await decided_case(room)
    with pytest.raises(CaseClosed):
        await room.review.lock(BEN, case_id)
    await room.reports.file(CAROL, Subject.of_key("channel:900"), "scam", "", Via.PROFILE)
    assert len(await room.case_ids()) == 2


async def test_a_ban_takes_two_people_who_agree_without_seeing_each_other(room: Room) -> None:
    case_id = await reported_case(room)
    ban = [PlannedAction(ActionKind.TERMINATE)]
    await room.review.lock(ANN, case_id)
    first = await room.review.decide(ANN, case_id, "forged_papers", "Offers only.", ban)
    assert first.status == "proposed"
    assert await room.sent("enforce.terminate_channel") == []
    (pending,) = await room.sent("enforce.hide_from_search")
    assert pending["state"] == "pending"
    with pytest.raises(SameReviewer):
        await room.review.lock(ANN, case_id)
    await room.review.lock(BEN, case_id)
    second = await room.review.decide(BEN, case_id, "forged_papers", "A shop for papers.", ban)
    assert (second.status, second.second_by) == ("final", "ann")
    assert len(await room.sent("enforce.terminate_channel")) == 1


async def test_two_who_disagree_leave_it_to_a_third(room: Room) -> None:
    case_id = await reported_case(room)
    await room.review.lock(ANN, case_id)
    await room.review.decide(ANN, case_id, "forged_papers", "Offers.", [PlannedAction(ActionKind.TERMINATE)])
    await room.review.lock(BEN, case_id)
    await room.review.decide(BEN, case_id, "forged_papers", "", [PlannedAction(ActionKind.NONE)])
    case = await store.get(room.database, case_id)
    assert case is not None
    assert case.status is CaseStatus.DISAGREED
    third = type(ANN)("cyd")
    await room.review.lock(third, case_id)
    final = await room.review.decide(third, case_id, "forged_papers", "", [PlannedAction(ActionKind.NONE)])
    assert final.status == "final"
    assert len(await room.sent("enforce.list_in_search")) == 1


async def test_an_appeal_by_message_is_decided_by_somebody_else_and_takes_everything_back(room: Room) -> None:
    await decided_case(room)
    statement_id = await room.database.fetchval("SELECT statement_id FROM safety.statements")
    assert await room.appeals.from_chat(MALLORY, "hello") is None
    assert "No statement" in str(await room.appeals.from_chat(BOB, f"/appeal {statement_id} mine"))
    assert "arrived" in str(await room.appeals.from_chat(MALLORY, f"/appeal {statement_id} It was a joke."))
    assert "already" in str(await room.appeals.from_chat(MALLORY, f"/appeal {statement_id} again"))
    appeal_id = await room.database.fetchval("SELECT appeal_id FROM safety.appeals")
    with pytest.raises(SameReviewer):
        await room.appeals.lock(ANN, appeal_id)
    await room.appeals.lock(BEN, appeal_id)
    await room.appeals.decide(BEN, appeal_id, AppealOutcome.OVERTURNED, "The posts are satire.")
    for topic in ("enforce.list_in_search", "enforce.restore_messages", "enforce.unsuspend_channel"):
        assert len(await room.sent(topic)) == 1
    assert "was right" in (await room.sent("notify.service_message"))[-1]["text"]
    assert await room.database.fetchval("SELECT status FROM safety.decisions") == "overturned"
    assert await room.database.fetchval("SELECT bool_and(overturned) FROM safety.signals")


async def test_an_appeal_that_fails_changes_nothing_and_says_why(room: Room) -> None:
    await decided_case(room)
    text = next(m["text"] for m in await room.sent("notify.service_message") if m["account"] == MALLORY)
    token = text.partition("/appeal/")[2].split()[0]
    appeal = await room.appeals.from_web(token, "Please look again.")
    await room.appeals.lock(BEN, appeal.appeal_id)
    await room.appeals.decide(BEN, appeal.appeal_id, AppealOutcome.UPHELD, "The posts offer forged papers.")
    assert await room.sent("enforce.list_in_search") == []
    assert "decision stands" in (await room.sent("notify.service_message"))[-1]["text"]


async def test_after_six_months_it_is_too_late(room: Room) -> None:
    await decided_case(room)
    statement_id = await room.database.fetchval("SELECT statement_id FROM safety.statements")
    room.clock.advance(200 * 86400)
    assert "over" in str(await room.appeals.from_chat(MALLORY, f"/appeal {statement_id} late"))


async def test_a_reported_term_is_filtered_by_a_person_and_its_reporter_hears(room: Room) -> None:
    await room.reports.search_report(BOB, "forged passports")
    (case_id,) = await room.case_ids()
    await room.review.lock(ANN, CaseId(case_id))
    actions = [PlannedAction(ActionKind.HIDE_FROM_SEARCH)]
    await room.review.decide(ANN, CaseId(case_id), "forged_papers", "People look for forged papers.", actions)
    assert await room.sent("enforce.search_term") == [{"term": "forged passports", "verdict": "filtered"}]
    (answer,) = await room.sent("notify.service_message")
    assert (answer["account"], answer["sender"]) == (BOB, "search_report")
    assert "took action" in answer["text"]
