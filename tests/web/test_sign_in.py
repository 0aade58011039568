"""Only the right person's passkey opens the desk, and a session opens only what its roles allow."""

from dataclasses import replace

import pytest

from parley.core.clock import ManualClock
from parley.staff.model import Realm
from parley.storage import audit
from parley.storage.pools import Pools
from parley.web.passkeys import PasskeyRefused
from parley.web.sessions import next_path
from tests.authenticator import Authenticator
from tests.web.conftest import Browser, Desk


async def enrolled(desk: Desk, name: str, *roles: str) -> tuple[Authenticator, str]:
    """List a person, enrol a passkey in a browser of their own, and give both."""
    enrolment = await desk.staff.add(name, roles)
    page, key = f"/desk/enrol/{enrolment.token}", Authenticator()
    done = await Browser(desk.app).passkey(page, page, key.create)
    assert done.status_code == 303
    return key, enrolment.member.staff_id


async def sign_in(browser: Browser, key: Authenticator, **data: str) -> int:
    """Sign in and give the status: 303 when it worked."""
    return (await browser.passkey("/desk/sign-in", "/desk/sign-in", key.get, data)).status_code


async def test_a_passkey_signs_its_person_in(the_desk: Desk, visitor: Browser) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    assert (await visitor.get("/desk")).headers["location"] == "/desk/sign-in?next=/desk"
    assert await sign_in(visitor, key) == 303
    assert "Good to see you, Nora" in (await visitor.get("/desk")).text


async def test_security_keys_work_by_name(the_desk: Desk, visitor: Browser) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    assert await sign_in(visitor, key, name="nora") == 303


async def test_an_unknown_name_is_not_told_apart(the_desk: Desk, visitor: Browser) -> None:
    await enrolled(the_desk, "Nora", "moderator")
    known = (await visitor.submit("/desk/sign-in", "/desk/sign-in/options", {"name": "Nora"})).json()
    unknown = (await visitor.submit("/desk/sign-in", "/desk/sign-in/options", {"name": "Nobody"})).json()
    assert known["publicKey"].keys() == unknown["publicKey"].keys()
    assert len(unknown["publicKey"]["allowCredentials"]) == 1


@pytest.mark.parametrize(
    "wrong", [{"origin": "http://evil.example"}, {"verified": False}, {"credential_id": b"unknown" * 4}]
)
async def test_a_wrong_answer_opens_nothing(the_desk: Desk, visitor: Browser, wrong: dict[str, object]) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    assert await sign_in(visitor, replace(key, **wrong)) == 422  # type: ignore[arg-type]
    assert (await visitor.get("/desk")).status_code == 303


async def test_another_key_under_the_same_id_opens_nothing(the_desk: Desk, visitor: Browser) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    assert await sign_in(visitor, Authenticator(credential_id=key.credential_id)) == 422


async def test_a_cloned_passkey_is_noticed_by_its_counter(the_desk: Desk, visitor: Browser) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    clone = replace(key)
    assert await sign_in(visitor, key) == 303
    assert await sign_in(Browser(the_desk.app), clone) == 422


async def test_an_answer_serves_once(the_desk: Desk, visitor: Browser) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    begun = await the_desk.passkeys.begin_sign_in()
    answer = key.get(begun["publicKey"])
    await the_desk.passkeys.finish_sign_in(begun["ceremony"], answer)
    with pytest.raises(PasskeyRefused):
        await the_desk.passkeys.finish_sign_in(begun["ceremony"], answer)


@pytest.mark.parametrize("answer", ["", "[]", "{", "{}", '{"rawId": "!"}', "x" * 20_000])
async def test_nonsense_is_refused_kindly(the_desk: Desk, visitor: Browser, answer: str) -> None:
    page = await visitor.passkey("/desk/sign-in", "/desk/sign-in", lambda _: answer)
    assert page.status_code == 422
    assert "You are not signed in" in page.text


async def test_a_barred_person_stays_out_and_it_is_on_the_record(
    the_desk: Desk, visitor: Browser, pools: Pools
) -> None:
    key, staff_id = await enrolled(the_desk, "Nora", "moderator")
    await the_desk.staff.bar(staff_id, by="staff:Ada")
    assert await sign_in(visitor, key) == 422
    (entry,) = await audit.search(pools.of("staff"), action="staff.sign_in_refused")
    assert entry.subject == staff_id


async def test_a_role_opens_its_pages_only(the_desk: Desk, visitor: Browser) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    await sign_in(visitor, key)
    refused = await visitor.get("/desk/people")
    assert refused.status_code == 403
    assert "this needs the role admin" in refused.text
    assert "/desk/people" not in (await visitor.get("/desk")).text


async def test_signing_out_ends_the_session_on_the_server(the_desk: Desk, visitor: Browser) -> None:
    key, staff_id = await enrolled(the_desk, "Nora", "moderator")
    for session in await the_desk.sessions.of(Realm.STAFF, staff_id):
        await the_desk.sessions.end(Realm.STAFF, staff_id, session.ref, actor="staff:Nora")
    await sign_in(visitor, key)
    cookie = visitor.http.cookies["parley_desk"]
    assert (await visitor.submit("/desk", "/desk/sign-out")).status_code == 303
    assert "parley_desk" not in visitor.http.cookies
    visitor.http.cookies.set("parley_desk", cookie, domain="localhost.local", path="/")
    assert (await visitor.get("/desk")).status_code == 303
    assert await the_desk.sessions.of(Realm.STAFF, staff_id) == []


async def test_the_form_token_of_one_session_is_worthless_in_another(the_desk: Desk) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    one, other = Browser(the_desk.app), Browser(the_desk.app)
    await sign_in(one, key)
    await sign_in(other, key)
    token = await one.token("/desk")
    answer = await other.http.post("/desk/sign-out", data={"csrf_token": token})
    assert answer.status_code == 403


async def test_an_expired_session_says_so_instead_of_acting(
    the_desk: Desk, visitor: Browser, clock: ManualClock
) -> None:
    key, _ = await enrolled(the_desk, "Nora", "moderator")
    await sign_in(visitor, key)
    token = await visitor.token("/desk")
    clock.advance(31 * 60)
    answer = await visitor.http.post("/desk/me/sessions/others/end", data={"csrf_token": token})
    assert answer.status_code == 401
    assert "not signed in any more" in answer.text


async def test_an_administrator_adds_a_person_and_hands_the_link_over(admin: Browser) -> None:
    page = await admin.submit("/desk/people", "/desk/people", {"name": "Omar", "roles": ["legal", "registrar"]})
    assert "http://localhost:8080/desk/enrol/" in page.text
    again = await admin.submit("/desk/people", "/desk/people", {"name": "omar", "roles": ["legal"]})
    assert again.status_code == 422
    assert "omar is on the list already" in again.text
    none = await admin.submit("/desk/people", "/desk/people", {"name": "Pia"})
    assert "at least one is needed" in none.text


async def test_a_member_adds_and_removes_a_passkey_but_never_the_last(the_desk: Desk, admin: Browser) -> None:
    ada = await the_desk.staff.by_name("Ada")
    assert ada is not None
    (first,) = await the_desk.staff.passkeys(ada.staff_id)
    path = f"/desk/me/passkeys/{first.credential_id.hex()}/remove"
    await admin.submit("/desk/me", path)
    assert "this is the only passkey" in (await admin.get("/desk/me")).text
    await admin.passkey("/desk/me", "/desk/me/passkeys", Authenticator().create, {"label": "Key ring"})
    assert "Key ring" in (await admin.get("/desk/me")).text
    await admin.submit("/desk/me", path)
    assert [key.label for key in await the_desk.staff.passkeys(ada.staff_id)] == ["Key ring"]


async def test_a_used_enrolment_link_is_not_found(the_desk: Desk, visitor: Browser) -> None:
    enrolment = await the_desk.staff.add("Nora", ["moderator"])
    page = f"/desk/enrol/{enrolment.token}"
    await visitor.passkey(page, page, Authenticator().create)
    assert (await visitor.get(page)).status_code == 404
    assert (await visitor.get("/desk/enrol/" + "x" * 200)).status_code == 404


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/deskevil", "/desk\\evil", "/authority", "/desk/sign-out"]
)
def test_signing_in_never_leads_away_from_the_desk(wanted: str) -> None:
    assert next_path(wanted, "/desk") == "/desk"


def test_signing_in_leads_to_the_page_that_was_wanted() -> None:
    assert next_path("/desk/people?page=2", "/desk") == "/desk/people?page=2"
