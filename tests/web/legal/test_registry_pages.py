"""No authority and no officer gets in without two people of the operator, and either is out at once."""

from parley.app.wiring import public_log
from parley.legal.disclosure.directory import fingerprint_of_key, fingerprint_of_passkey
from tests.web.conftest import Browser
from tests.web.legal.conftest import AUTHORITY, LegalWeb


async def test_two_registrars_enter_an_authority(legal: LegalWeb) -> None:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    path = await legal.authority(rita, None)
    assert "another registrar confirms it" in (await rita.get(path)).text
    await rita.submit(path, f"{path}/confirm")
    assert "another registrar has to confirm this" in (await rita.get(path)).text
    await otto.submit(path, f"{path}/confirm")
    assert "staff:Otto" in (await rita.get(path)).text


async def test_a_wrong_entry_is_named_beside_its_field(legal: LegalWeb) -> None:
    rita = await legal.sign_in("Rita", "registrar")
    for field, value in (
        ("name", "x"),
        ("country", "Germany"),
        ("email_domains", "not a host"),
        ("callback_numbers", "030 123"),
        ("source_url", "http://plain.example"),
    ):
        page = await rita.submit("/desk/authorities/new", "/desk/authorities", AUTHORITY | {field: value})
        assert page.status_code == 422, field
        assert f'id="error-{field}"' in page.text


async def test_only_registrars_change_the_registry(legal: LegalWeb) -> None:
    rita = await legal.sign_in("Rita", "registrar")
    lea, max_ = await legal.sign_in("Lea", "legal"), await legal.sign_in("Max", "moderator")
    path = await legal.authority(rita, None)
    assert (await lea.get(path)).status_code == 200
    assert (await lea.submit("/desk/me", f"{path}/confirm")).status_code == 403
    assert (await max_.get("/desk/authorities")).status_code == 403


async def test_an_officer_has_to_have_an_address_of_the_authority(legal: LegalWeb) -> None:
    rita = await legal.sign_in("Rita", "registrar")
    path = await legal.authority(rita, None)
    page = await rita.submit(path, f"{path}/officers", {"name": "Eve", "email": "eve@elsewhere.example"})
    assert page.status_code == 422
    assert 'id="error-email"' in page.text


async def test_an_officer_waits_until_the_authority_is_confirmed(legal: LegalWeb) -> None:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    path = await legal.authority(rita, None)
    roth = await legal.officer(rita, path)
    assert (await roth.get("/authority/me")).headers["location"].startswith("/authority/sign-in")
    await otto.submit(path, f"{path}/confirm")
    done = await roth.passkey("/authority/sign-in", "/authority/sign-in", roth.key.get)
    assert done.status_code == 303
    assert "Inspector Roth" in (await roth.get("/authority/me")).text


async def test_who_is_barred_or_expired_stays_outside_and_is_told_why(legal: LegalWeb) -> None:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    path = await legal.authority(rita, otto)
    roth = await legal.officer(rita, path)
    legal.clock.advance(91 * 24 * 3600)
    expired = await roth.passkey("/authority/sign-in", "/authority/sign-in", roth.key.get)
    assert expired.status_code == 422
    assert "access has expired" in expired.text
    rita = await legal.sign_in("Ria", "registrar")
    officer = (await legal.services.authorities.officers())[0].officer_id
    await rita.submit(path, f"/desk/officers/{officer}/vouch")
    assert (await roth.passkey("/authority/sign-in", "/authority/sign-in", roth.key.get)).status_code == 303
    await rita.submit(path, f"{path}/trust", {"trust": "suspended", "reason": "portal account sold"})
    assert (await roth.get("/authority/me")).status_code == 303
    barred = await roth.passkey("/authority/sign-in", "/authority/sign-in", roth.key.get)
    assert "this access is suspended" in barred.text


async def test_custodians_are_invited_by_administrators(legal: LegalWeb) -> None:
    await public_log.start(legal.log)
    ada = await legal.sign_in("Ada", "admin")
    page = await ada.submit("/desk/custodians", "/desk/custodians", {"name": "Cora"})
    assert "parley custodian enrol http://localhost:8080 --token" in page.text
    assert "No address is stored" in page.text
    lea = await legal.sign_in("Lea", "legal")
    assert "Invite a custodian" not in (await lea.get("/desk/custodians")).text


async def test_people_read_fingerprints_of_passkeys_to_custodians(legal: LegalWeb) -> None:
    await public_log.start(legal.log)
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    lea = await legal.sign_in("Lea", "legal")
    roth = await legal.officer(rita, await legal.authority(rita, otto))
    listed = await legal.wired.door.listed()
    shown = (await lea.get("/desk/custodians")).text
    assert fingerprint_of_passkey("decider", listed.deciders[0]) in shown
    officers = fingerprint_of_passkey("officer", listed.officers[0])
    assert officers in shown
    assert officers in (await roth.get("/authority/me")).text


async def test_recipients_get_the_key_that_signs_deliveries(legal: LegalWeb) -> None:
    visitor = Browser(legal.app)
    assert (await visitor.get("/authority/delivery-key.pem")).text == legal.wired.delivery_key.pem
    assert (
        fingerprint_of_key("delivery", legal.wired.delivery_key.public)
        in (await visitor.get("/authority/rules")).text
    )
