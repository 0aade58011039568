"""auth.* and the terms: a client walks from its number to an account, and is refused by the right names."""

import json

from parley.tl import functions, types
from tests.rpc.conftest import send_code

PHONE = "+49 30 1234567"


async def test_a_client_signs_up_reads_the_terms_and_accepts_them(server):
    person = await server.device()
    sent = await person.call(send_code(PHONE))
    assert isinstance(sent.type, types.auth.SentCodeTypeSms)
    code = server.messenger.codes.newest(PHONE)
    proof = {"phone_number": PHONE, "phone_code_hash": sent.phone_code_hash}
    required = await person.call(functions.auth.SignIn(**proof, phone_code=code))
    shown = required.terms_of_service
    assert "operator of this server" in shown.text
    for entity in shown.entities:
        assert entity.offset + entity.length <= len(shown.text.encode("utf-16-le")) // 2

    made = await person.call(functions.auth.SignUp(**proof, first_name="Alice", last_name="Adams"))
    assert (made.user.first_name, made.user.self_, made.user.phone) == ("Alice", True, "49301234567")
    asked = await person.call(functions.help.GetTermsOfServiceUpdate())
    assert asked.terms_of_service.id == shown.id
    assert await person.call(functions.help.AcceptTermsOfService(id=shown.id)) is True
    answer = await person.call(functions.help.GetTermsOfServiceUpdate())
    assert isinstance(answer, types.help.TermsOfServiceUpdateEmpty)
    unknown = types.DataJSON(data=json.dumps({"id": "terms-99"}))
    assert await person.refused(functions.help.AcceptTermsOfService(id=unknown)) == "DATA_JSON_INVALID"


async def test_a_second_device_gets_its_code_in_the_app_and_is_listed_and_ended(server):
    alice = await server.person(PHONE, "Alice")
    other = await server.device()
    sent = await other.call(send_code(PHONE))
    assert isinstance(sent.type, types.auth.SentCodeTypeApp)
    assert isinstance(sent.next_type, types.auth.CodeTypeSms)
    code = server.messenger.codes.newest(PHONE)
    sign_in = functions.auth.SignIn(phone_number=PHONE, phone_code_hash=sent.phone_code_hash, phone_code=code)
    assert (await other.call(sign_in)).user.id == alice.account

    listed = (await alice.call(functions.account.GetAuthorizations())).authorizations
    assert [(a.current, a.hash == 0, a.ip) for a in listed] == [(True, True, "192.0.2.7"), (False, False, "")]
    await alice.call(functions.account.ResetAuthorization(hash=listed[1].hash))
    assert await other.refused(functions.account.GetAuthorizations()) == "AUTH_KEY_UNREGISTERED"
    assert isinstance(await alice.call(functions.auth.LogOut()), types.auth.LoggedOut)
    assert await alice.refused(functions.account.GetAuthorizations()) == "AUTH_KEY_UNREGISTERED"


async def test_wrong_input_is_refused_by_telegrams_names(server):
    person = await server.device()
    sent = await person.call(send_code(PHONE))
    proof = {"phone_number": PHONE, "phone_code_hash": sent.phone_code_hash}
    bad = functions.auth.SignIn(**proof, phone_code="x")
    cases = [
        (send_code("12"), "PHONE_NUMBER_INVALID"),
        (bad, "PHONE_CODE_INVALID"),
        (functions.auth.SignIn(**proof), "PHONE_CODE_EMPTY"),
        (bad.replaced(phone_code_hash=""), "PHONE_CODE_HASH_EMPTY"),
        (bad.replaced(phone_code_hash="0" * 32), "PHONE_CODE_EXPIRED"),
        (bad.replaced(phone_code_hash="häsh"), "PHONE_CODE_EXPIRED"),
        (functions.auth.ImportAuthorization(id=1, bytes=b""), "AUTH_BYTES_INVALID"),
        (
            functions.auth.ImportBotAuthorization(flags=0, api_id=6, api_hash="", bot_auth_token="1:x"),
            "ACCESS_TOKEN_INVALID",
        ),
        (functions.contacts.GetContacts(hash=0), "AUTH_KEY_UNREGISTERED"),
        (functions.payments.GetStarGifts(hash=0), "METHOD_INVALID"),
    ]
    for function, refusal in cases:
        assert await person.refused(function) == refusal
    alice = await server.person("+4930999999", "Alice")
    assert await alice.refused(functions.auth.ExportAuthorization(dc_id=2)) == "DC_ID_INVALID"


async def test_an_account_without_password_says_so_with_the_parameters_for_one(server):
    alice = await server.person(PHONE, "Alice")
    password = await alice.call(functions.account.GetPassword())
    assert not password.has_password
    assert len(password.new_algo.p) == 256
    assert password.current_algo is None


async def test_a_deleted_account_is_gone_for_its_devices(server):
    alice = await server.person(PHONE, "Alice", "alice_a")
    bob = await server.person("+4930222222", "Bob")
    assert await alice.call(functions.account.DeleteAccount(reason="")) is True
    assert await alice.refused(functions.users.GetUsers(id=[types.InputUserSelf()])) == "AUTH_KEY_UNREGISTERED"
    gone = functions.contacts.ResolveUsername(username="alice_a")
    assert await bob.refused(gone) == "USERNAME_NOT_OCCUPIED"
    [seen] = await bob.call(functions.users.GetUsers(id=[bob.user(alice)]))
    assert seen.deleted


async def test_another_code_makes_the_first_one_void_and_a_cancelled_one_opens_nothing(server):
    alice = await server.person(PHONE, "Alice")
    other = await server.device()
    sent = await other.call(send_code(PHONE))
    first = server.messenger.codes.newest(PHONE)
    again = await other.call(functions.auth.ResendCode(phone_number=PHONE, phone_code_hash=sent.phone_code_hash))
    assert isinstance(again.type, types.auth.SentCodeTypeSms)
    old = functions.auth.SignIn(phone_number=PHONE, phone_code_hash=sent.phone_code_hash, phone_code=first)
    assert await other.refused(old) == "PHONE_CODE_EXPIRED"
    cancel = functions.auth.CancelCode(phone_number=PHONE, phone_code_hash=again.phone_code_hash)
    assert await other.call(cancel) is True
    second = server.messenger.codes.newest(PHONE)
    void = functions.auth.SignIn(phone_number=PHONE, phone_code_hash=again.phone_code_hash, phone_code=second)
    assert await other.refused(void) == "PHONE_CODE_EXPIRED"
    assert await other.refused(cancel) == "PHONE_CODE_EXPIRED"
    for method in (functions.auth.ResendCode, functions.auth.CancelCode):
        assert await other.refused(method(phone_number=PHONE, phone_code_hash="")) == "PHONE_CODE_HASH_EMPTY"
    final = await other.call(send_code(PHONE))
    code = server.messenger.codes.newest(PHONE)
    sign_in = functions.auth.SignIn(phone_number=PHONE, phone_code_hash=final.phone_code_hash, phone_code=code)
    assert (await other.call(sign_in)).user.id == alice.account
