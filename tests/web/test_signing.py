"""A passkey signs one decision, for one person and purpose, and anybody can verify the signature later."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes

from parley.staff.model import NewPasskey
from parley.web.passkeys import PasskeyRefused
from tests.authenticator import Authenticator
from tests.web.conftest import Desk

REQUEST = hashlib.sha256(b'{"account": 1, "nonce": "x"}').digest()


async def person(desk: Desk, name: str) -> tuple[Authenticator, str]:
    """List a person with a passkey."""
    member = (await desk.staff.add(name, ["legal"])).member
    begun = await desk.passkeys.begin_registration(member.staff_id, name)
    key = Authenticator()
    done = await desk.passkeys.finish_registration(
        member.staff_id, begun["ceremony"], key.create(begun["publicKey"])
    )
    await desk.staff.add_passkey(member, NewPasskey(done.credential_id, done.public_key, done.sign_count, "key"))
    return key, member.staff_id


async def test_the_signature_covers_the_request_and_verifies_outside_this_server(the_desk: Desk) -> None:
    key, owner = await person(the_desk, "Nora")
    begun = await the_desk.passkeys.begin_signing(owner, REQUEST, "release 7")
    signed = await the_desk.passkeys.finish_signing(
        owner, "release 7", begun["ceremony"], key.get(begun["publicKey"])
    )
    client_data = json.loads(signed.client_data_json)
    assert base64url_to_bytes(client_data["challenge"]) == REQUEST
    message = signed.authenticator_data + hashlib.sha256(signed.client_data_json).digest()
    key.key.public_key().verify(signed.signature, message, ec.ECDSA(hashes.SHA256()))


async def test_one_persons_signature_does_not_count_for_another(the_desk: Desk) -> None:
    _, owner = await person(the_desk, "Nora")
    other, _ = await person(the_desk, "Omar")
    begun = await the_desk.passkeys.begin_signing(owner, REQUEST, "release 7")
    with pytest.raises(PasskeyRefused):
        await the_desk.passkeys.finish_signing(owner, "release 7", begun["ceremony"], other.get(begun["publicKey"]))


async def test_a_signature_for_one_purpose_does_not_serve_another(the_desk: Desk) -> None:
    key, owner = await person(the_desk, "Nora")
    begun = await the_desk.passkeys.begin_signing(owner, REQUEST, "release 7")
    answer = key.get(begun["publicKey"])
    with pytest.raises(PasskeyRefused):
        await the_desk.passkeys.finish_signing(owner, "release 8", begun["ceremony"], answer)
    with pytest.raises(PasskeyRefused):
        await the_desk.passkeys.finish_sign_in(begun["ceremony"], answer)


async def test_a_challenge_has_32_bytes(the_desk: Desk) -> None:
    _, owner = await person(the_desk, "Nora")
    with pytest.raises(ValueError, match="32 bytes"):
        await the_desk.passkeys.begin_signing(owner, b"short", "release 7")
