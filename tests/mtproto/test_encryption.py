"""Messages are sealed as clients do it, and anything altered on the way is refused."""

import os
import struct
from hashlib import sha256

import cryptg
import pytest
from telethon.crypto import AuthKey as TelethonKey
from telethon.network.mtprotostate import MTProtoState

from parley.core.auth_keys import AuthKey
from parley.core.ids import AuthKeyId
from parley.mtproto import encryption
from parley.mtproto.encryption import CLIENT, SERVER, decrypt, decrypt_v1, encrypt, key_id_of
from parley.mtproto.errors import DecryptionFailed
from tests.mtproto.seal_v1 import seal

KEY = bytes(range(256))
KEY_ID = key_id_of(KEY).to_bytes(8, "little", signed=True)
HEAD = (1, -2, 3 << 32, 5)
RECORD = AuthKey(AuthKeyId(key_id_of(KEY)), KEY, 0, 0)


class _Logs(dict):  # type: ignore[type-arg]
    def __missing__(self, name: str) -> None:
        return None


def test_a_real_clients_message_opens() -> None:
    state = MTProtoState(TelethonKey(KEY), _Logs())
    state.salt, state.id = 11, 22
    body = struct.pack("<qii", 1 << 40, 7, 8) + b"12345678"
    opened = decrypt(KEY, state.encrypt_message_data(body))
    assert (opened.salt, opened.session_id, opened.msg_id, opened.seqno) == (11, 22, 1 << 40, 7)
    assert opened.body == b"12345678"


@pytest.mark.parametrize("size", [4, 16, 20, 1000, 65_536])
def test_what_is_sealed_opens_with_the_least_padding(size: int) -> None:
    body = os.urandom(size)
    for side in (CLIENT, SERVER):
        payload = encrypt(KEY, KEY_ID, HEAD, body, side)
        opened = decrypt(KEY, payload, side)
        assert (opened.salt, opened.session_id, opened.msg_id, opened.seqno, opened.body) == (*HEAD, body)
        assert payload[:8] == KEY_ID
        assert 12 <= len(payload) - 24 - 32 - size < 28


def test_padding_of_the_transport_is_cut_off() -> None:
    payload = encrypt(KEY, KEY_ID, HEAD, b"body", CLIENT)
    for extra in range(16):
        assert decrypt(KEY, payload + bytes(extra)).body == b"body"


def test_the_quick_acknowledgement_is_the_start_of_the_message_hash() -> None:
    payload = encrypt(KEY, KEY_ID, HEAD, b"body", CLIENT)
    aes = encryption._derive(KEY, payload[8:24], CLIENT)
    plain = cryptg.decrypt_ige(payload[24:], *aes)
    token = int.from_bytes(sha256(KEY[88:120] + plain).digest()[:4], "little")
    assert decrypt(KEY, payload).quick_ack == token & 0x7FFFFFFF


def test_every_altered_byte_is_noticed() -> None:
    payload = encrypt(KEY, KEY_ID, HEAD, b"body", CLIENT)
    for position in range(8, len(payload)):
        altered = bytearray(payload)
        altered[position] ^= 1
        with pytest.raises(DecryptionFailed):
            decrypt(KEY, bytes(altered))
    with pytest.raises(DecryptionFailed):
        decrypt(KEY, encrypt(KEY, KEY_ID, HEAD, b"body", SERVER))


def _seal_raw(plain: bytes) -> bytes:
    msg_key = sha256(KEY[88:120] + plain).digest()[8:24]
    return KEY_ID + msg_key + cryptg.encrypt_ige(plain, *encryption._derive(KEY, msg_key, CLIENT))


@pytest.mark.parametrize(
    ("declared", "body", "padding"),
    [(8, 8, 8), (0, 0, 16), (6, 6, 26), (-4, 0, 16), (5000, 16, 16), (4, 4, 1036), (16, 16, 0)],
)
def test_lengths_and_paddings_outside_the_rules_are_refused(declared: int, body: int, padding: int) -> None:
    plain = struct.pack("<qqqii", *HEAD, declared) + bytes(body + padding)
    assert len(plain) % 16 == 0
    with pytest.raises(DecryptionFailed):
        decrypt(KEY, _seal_raw(plain))


@pytest.mark.parametrize("size", [0, 8, 24, 40, 71])
def test_short_payloads_are_refused(size: int) -> None:
    with pytest.raises(DecryptionFailed):
        decrypt(KEY, bytes(size))


def test_the_first_version_opens_for_the_binding_message() -> None:
    assert decrypt_v1(KEY, seal(RECORD, 8, b"twelve bytes")).body == b"twelve bytes"
    altered = bytearray(seal(RECORD, 8, b"twelve bytes"))
    altered[-20] ^= 1
    for broken in (bytes(altered), b"", bytes(56), bytes(72)):
        with pytest.raises(DecryptionFailed):
            decrypt_v1(KEY, broken)
