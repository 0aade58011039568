"""Anybody can send a notice of illegal content and see what came of it."""

import pytest

from tests.web.conftest import Browser
from tests.web.moderation.conftest import Moderation

NOTICE = {
    "where": "@paper_shop900",
    "policy": "forged_papers",
    "explanation": "They sell forged passports in every post.",
    "name": "Nora Neighbour",
    "email": "nora@mail.example",
    "good_faith": "yes",
}


async def test_a_notice_becomes_a_report_and_its_page_tells_the_outcome(safety: Moderation, ann: Browser) -> None:
    await safety.room.open_shop()
    anybody = Browser(safety.app)
    sent = await anybody.submit("/report", "/report", NOTICE)
    assert sent.status_code == 303, sent.text
    page = sent.headers["location"]
    assert "waits for a moderator" in (await anybody.get(page)).text
    (case_id,) = await safety.room.case_ids()
    case = f"/desk/moderation/cases/{case_id}"
    shown = (await ann.get(case)).text
    assert "dsa notice" in shown
    assert "Nora" not in shown
    await ann.submit(case, f"{case}/lock")
    await ann.submit(case, f"{case}/decide", {"policy": "other", "actions": "none", "step": "decide", "facts": ""})
    assert "No breach found" in (await anybody.get(page)).text


@pytest.mark.parametrize("gone", ["where", "policy", "explanation", "name", "email", "good_faith"])
async def test_what_the_law_asks_for_is_asked_for(safety: Moderation, gone: str) -> None:
    answer = await Browser(safety.app).submit("/report", "/report", {k: v for k, v in NOTICE.items() if k != gone})
    assert answer.status_code == 422
    assert f'id="error-{gone}"' in answer.text


async def test_no_name_is_asked_for_where_children_are_abused(safety: Moderation) -> None:
    await safety.room.open_shop()
    notice = {**NOTICE, "policy": "child_abuse", "name": "", "email": ""}
    assert (await Browser(safety.app).submit("/report", "/report", notice)).status_code == 303


async def test_a_name_that_nobody_holds_is_said_to_be_so(safety: Moderation) -> None:
    answer = await Browser(safety.app).submit("/report", "/report", NOTICE)
    assert answer.status_code == 422
    assert "Nothing public has this name here." in answer.text


async def test_a_guessed_number_shows_nothing(safety: Moderation) -> None:
    assert (await Browser(safety.app).get("/report/0123")).status_code == 404
