"""A client that hides its protocol behind random-looking bytes is understood, with and without a proxy secret."""

import os

import pytest
from telethon.crypto import AESModeCTR
from telethon.network.connection.tcpobfuscated import ObfuscatedIO

from parley.mtproto.errors import MalformedFrame
from parley.mtproto.obfuscation import open_header
from parley.mtproto.transports import Abridged, PaddedIntermediate


class _Codec:
    obfuscate_tag = b"\xef" * 4


def test_a_real_clients_header_opens_and_both_directions_work() -> None:
    header, encrypt, decrypt = ObfuscatedIO.init_header(_Codec())
    opened = open_header(bytes(header))
    assert isinstance(opened.framing, Abridged)
    for text in (b"first", b"then more"):
        assert opened.obfuscation.reveal(encrypt.encrypt(text)) == text
        assert decrypt.encrypt(opened.obfuscation.conceal(text)) == text


def test_a_proxy_secret_is_part_of_the_key() -> None:
    from hashlib import sha256

    secret = os.urandom(16)
    start = bytearray(os.urandom(64))
    key = sha256(bytes(start[8:40]) + secret).digest()
    stream = AESModeCTR(key, bytes(start[40:56]))
    start[56:60] = b"\xdd" * 4
    start[56:64] = stream.encrypt(bytes(start))[56:64]
    assert isinstance(open_header(bytes(start), [os.urandom(16), secret]).framing, PaddedIntermediate)
    with pytest.raises(MalformedFrame):
        open_header(bytes(start))


def test_random_bytes_are_refused() -> None:
    with pytest.raises(MalformedFrame):
        open_header(bytes(64))
