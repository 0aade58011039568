"""account.sendChangePhoneCode and changePhone: a person changes the number in their account."""

from parley.tl import functions, types

NEW = "+4930999999"


def ask(phone):
    return functions.account.SendChangePhoneCode(phone_number=phone, settings=types.CodeSettings())


async def test_the_number_is_changed_with_the_code_that_went_to_it(server, clock):
    alice = await server.person("+4930111111", "Alice")
    assert await alice.refused(ask(NEW)) == "FRESH_CHANGE_PHONE_FORBIDDEN"
    clock.advance(86_400)
    sent = await alice.call(ask(NEW))
    proof = {"phone_number": NEW, "phone_code_hash": sent.phone_code_hash}
    code = server.messenger.codes.newest(NEW)
    me = await alice.call(functions.account.ChangePhone(**proof, phone_code=code))
    assert me.phone == "4930999999"
    assert await alice.refused(functions.account.ChangePhone(**proof, phone_code=code)) == "PHONE_CODE_EXPIRED"
