"""An order goes through the portal and the desk by the right hands only, and everything else is refused."""

import re

import pytest

from parley.storage import audit
from parley.storage.pools import Pools
from tests.signed_pdf import unsigned
from tests.web.conftest import Browser
from tests.web.legal.conftest import AUTHORITY, LegalWeb

pytestmark = pytest.mark.usefixtures("mallory")
REASONS = "Every check is passed; the order is valid, and the data serves its purpose."


@pytest.fixture
async def rita(legal: LegalWeb) -> Browser:
    return await legal.sign_in("Rita", "registrar")


@pytest.fixture
async def otto(legal: LegalWeb) -> Browser:
    return await legal.sign_in("Otto", "registrar")


@pytest.fixture
async def roth(legal: LegalWeb, rita: Browser, otto: Browser) -> Browser:
    return await legal.officer(rita, await legal.authority(rita, otto))


async def settle(legal: LegalWeb, order: str, first: Browser, second: Browser, **answers: str) -> str:
    """Two people answer all checks: as proposed, as `answers` say, and "passed" where nothing is proposed."""
    path = f"/desk/orders/{order}"
    await first.submit(path, f"{path}/proposals")
    for view in await legal.services.analysis.views(order):
        wanted = answers.get(view.check.id, "pass" if view.answer.answer is None else "")
        if wanted:
            data = {"answer": wanted, "remark": "as the file shows"}
            await first.submit(path, f"{path}/checks/{view.check.id}", data)
    await second.submit(path, f"{path}/confirm-all")
    return path


async def test_an_order_is_disclosed_when_two_people_have_signed(legal: LegalWeb, roth: Browser) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    order = await legal.file(roth)
    path = await settle(legal, order, lea, tom, C2="pass", F1="pass")
    assert not (await legal.services.analysis.assessment(order)).grounds
    assert "may be disclosed" in (await lea.get(path)).text
    decided = await lea.submit(path, f"{path}/decide", {"result": "disclose", "reasons": REASONS})
    assert decided.status_code == 303, decided.text
    (release,) = await legal.services.releases.of_order(order)
    sign = f"{path}/releases/{release.release_id}/sign"
    await lea.passkey(path, sign, lea.key.get)
    assert "Another person has to sign." in (await lea.get(path)).text
    await tom.passkey(path, sign, tom.key.get)
    assert "waits for the log and the first custodian" in (await tom.get(path)).text


async def test_one_person_cannot_sign_twice_nor_another_key_for_them(legal: LegalWeb, roth: Browser) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    order = await legal.file(roth)
    path = await settle(legal, order, lea, tom, C2="pass")
    await lea.submit(path, f"{path}/decide", {"result": "disclose", "reasons": REASONS})
    (release,) = await legal.services.releases.of_order(order)
    sign = f"{path}/releases/{release.release_id}/sign"
    await lea.passkey(path, sign, tom.key.get)
    assert "this passkey is not known here" in (await lea.get(path)).text
    await lea.passkey(path, sign, lea.key.get)
    await lea.passkey("/desk/me", sign, lea.key.get)
    assert "1 of 2" in (await lea.get(path)).text


async def test_a_failed_blocking_check_forbids_a_disclosure(legal: LegalWeb, roth: Browser) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    order = await legal.file(roth)
    path = await settle(legal, order, lea, tom, A4="fail")
    refused = await lea.submit(path, f"{path}/decide", {"result": "disclose", "reasons": REASONS})
    assert refused.status_code == 422
    assert "these checks forbid a disclosure" in refused.text
    assert REASONS in refused.text, "what was typed is not lost"


async def test_unsettled_checks_forbid_any_decision(legal: LegalWeb, roth: Browser) -> None:
    lea = await legal.sign_in("Lea", "legal")
    order = await legal.file(roth)
    path = f"/desk/orders/{order}"
    refused = await lea.submit(path, f"{path}/decide", {"result": "refuse", "reasons": REASONS})
    assert "not settled by two people" in refused.text


async def test_an_order_by_the_wrong_channel_is_refused_with_written_reasons(
    legal: LegalWeb, rita: Browser, otto: Browser
) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    body = await legal.authority(rita, otto, name="Police of Minsk", country="BY", kind="police")
    officer = await legal.officer(rita, body)
    order = await legal.file(officer, offence="insulting a public official", gag="")
    path = await settle(legal, order, lea, tom)
    page = (await lea.get(path)).text
    assert "may not be disclosed" in page
    drafted = re.search(r'<textarea id="field-reasons"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert drafted
    assert "D1" in drafted.group(1)
    await lea.submit(path, f"{path}/decide", {"result": "refer_mlat", "reasons": drafted.group(1)})
    (decision,) = await legal.services.decisions.of_order(order)
    await lea.submit("/desk/me", f"{path}/decisions/{decision.decision_id}/confirm")
    assert "another person has to confirm" in (await lea.get(path)).text
    await tom.submit(path, f"{path}/decisions/{decision.decision_id}/confirm", {"unsafe_because": "danger"})
    shown = (await officer.get(f"/authority/orders/{order}")).text
    assert "refused" in shown
    assert "D1" in shown


async def test_a_decision_can_be_withdrawn_before_it_takes_effect(legal: LegalWeb, roth: Browser) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    order = await legal.file(roth)
    path = await settle(legal, order, lea, tom, A4="fail")
    await lea.submit(path, f"{path}/decide", {"result": "refuse", "reasons": REASONS})
    (decision,) = await legal.services.decisions.of_order(order)
    await tom.submit(path, f"{path}/decisions/{decision.decision_id}/withdraw", {"reason": "new facts"})
    assert "The decision is withdrawn." in (await tom.get(path)).text


async def test_a_wrong_filing_is_named_beside_its_field(legal: LegalWeb, roth: Browser) -> None:
    wrong: tuple[tuple[dict[str, object], str], ...] = (
        ({"identifier": "@a, @b"}, "identifier"),
        ({"identifier": "https://t.me/group"}, "identifier"),
        ({"end": "2099-01-01T00:00"}, "end"),
        ({"start": "never"}, "start"),
        ({"offence": "x"}, "offence"),
        ({"fields": []}, "fields"),
        ({"statement_category": "other"}, "statement_category"),
        ({"max_penalty_years": "x"}, "max_penalty_years"),
        ({"person_role": "witness"}, "role_reason"),
        ({"gag_judge": ""}, "gag_legal_basis"),
        ({"instrument": "wiretap"}, "instrument"),
    )
    document = await legal.court.sign("Order")
    for changed, field in wrong:
        page = await legal.draft(roth, document, **changed)
        assert page.status_code == 422, changed
        assert f'href="#field-{field}"' in page.text
        assert "section 100k StPO" in page.text, "what was typed is not lost"


async def test_a_document_that_is_no_signed_pdf_is_refused(legal: LegalWeb, roth: Browser) -> None:
    for document in (b"no pdf", b"%PDF-1.7 broken", b"", unsigned("Order")):
        page = await legal.draft(roth, document)
        assert page.status_code == 422
        assert "cannot be taken in" in page.text


async def test_a_document_beyond_the_limit_is_stopped_at_the_door(legal: LegalWeb, roth: Browser) -> None:
    assert (await legal.draft(roth, b"%PDF-" + bytes(7 * 1024 * 1024))).status_code == 413


async def test_an_officer_sees_their_own_orders_only(legal: LegalWeb, rita: Browser, roth: Browser) -> None:
    order = await legal.file(roth)
    body = (await legal.services.authorities.all())[0].authority_id
    other = await legal.officer(rita, f"/desk/authorities/{body}", "Inspector Blau")
    for path in (f"/authority/orders/{order}", "/authority/orders/nothing"):
        assert (await other.get(path)).status_code == 404
    stolen = await other.submit("/authority/me", f"/authority/deliveries/{order}/download")
    assert stolen.status_code == 404


async def test_another_persons_passkey_does_not_file_an_order(
    legal: LegalWeb, rita: Browser, roth: Browser
) -> None:
    body = (await legal.services.authorities.all())[0].authority_id
    other = await legal.officer(rita, f"/desk/authorities/{body}", "Inspector Blau")
    page = await legal.draft(roth)
    draft = page.text.split('action="/authority/drafts/')[1].split('"')[0]
    await roth.passkey("/authority/me", f"/authority/drafts/{draft}", other.key.get)
    assert "The order was not filed" in (await roth.get("/authority/orders/new")).text
    options = await other.submit("/authority/me", f"/authority/drafts/{draft}/options")
    assert options.status_code == 404


async def test_staff_and_officers_do_not_share_a_door(legal: LegalWeb, roth: Browser) -> None:
    assert (await roth.get("/desk/orders")).headers["location"].startswith("/desk/sign-in")
    lea = await legal.sign_in("Lea", "legal")
    assert (await lea.get("/authority/me")).headers["location"].startswith("/authority/sign-in")


async def test_only_legal_staff_see_orders_and_each_look_at_a_document_is_on_the_record(
    legal: LegalWeb, roth: Browser, rita: Browser, pools: Pools
) -> None:
    order = await legal.file(roth)
    assert (await rita.get(f"/desk/orders/{order}")).status_code == 403
    lea = await legal.sign_in("Lea", "legal")
    document = await lea.get(f"/desk/orders/{order}/document")
    assert document.content.startswith(b"%PDF-")
    assert document.headers["content-disposition"].startswith("attachment")
    (entry,) = await audit.search(pools.of("legal"), action="order.document_read")
    assert entry.actor == "staff:Lea"


async def test_each_look_at_an_order_or_at_the_list_and_each_attempt_is_on_the_record(
    legal: LegalWeb, roth: Browser, rita: Browser, pools: Pools
) -> None:
    order = await legal.file(roth)
    lea = await legal.sign_in("Lea", "legal")
    assert (await lea.get(f"/desk/orders/{order}")).status_code == 200
    assert (await lea.get("/desk/orders")).status_code == 200
    assert (await rita.get(f"/desk/orders/{order}")).status_code == 403
    trail = await audit.search(pools.of("legal"), limit=3)
    assert [(entry.actor, entry.action, entry.subject) for entry in trail] == [
        ("staff:Rita", "staff.kept_out", f"/desk/orders/{order}"),
        ("staff:Lea", "order.listed", "orders"),
        ("staff:Lea", "order.read", order),
    ]
    assert trail[0].detail == {"needed": "council or legal"}
    assert "order.read" not in (await lea.get(f"/desk/orders/{order}")).text, "looks do not push decisions out"


async def test_what_was_looked_up_to_file_an_order_is_on_the_record(
    legal: LegalWeb, roth: Browser, pools: Pools
) -> None:
    order = await legal.file(roth)
    looked = await audit.search(pools.of("legal"), action="identity.looked_up")
    assert [(entry.subject, entry.actor[:8], entry.duty) for entry in looked] == [
        (order, "officer:", "parley_legal")
    ]


async def test_no_page_of_the_desk_looks_a_person_up_without_an_order(legal: LegalWeb, pools: Pools) -> None:
    """Every page that legal staff can open is opened with a person's identifier; nothing is told or looked up."""
    lea = await legal.sign_in("Lea", "legal")
    before = (await audit.head(pools.of("staff"))).seq
    paths = [route.path for route in legal.app.routes if getattr(route, "path", "").startswith("/desk/")]
    assert len(paths) > 20
    for path in paths:
        for identifier in ("1234567890", "@somebody", "+4915550000042"):
            await lea.get(re.sub(r"\{[^}]*\}", identifier, path), params={"q": identifier})
    looked = await audit.search(pools.of("legal"), limit=5000)
    assert not [e for e in looked if e.seq > before and e.action.startswith("identity.")]


async def test_the_rules_are_public(legal: LegalWeb) -> None:
    page = await Browser(legal.app).get("/authority/rules")
    assert page.status_code == 200
    assert "B2a" in page.text
    assert AUTHORITY["country"] in page.text
