"""The obfuscation layer ("obfuscated2"): a 64-byte random-looking header, then AES-256-CTR in both directions.

Source: https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from parley.mtproto.errors import MalformedFrame
from parley.mtproto.transports import TAGS, Framing, framing_of_tag

HEADER_SIZE = 64


@dataclass(frozen=True, slots=True)
class Obfuscation:
    """The two key streams of one connection; each takes every byte once, in order."""

    #: Decrypts what the client sent.
    reveal: Callable[[bytes], bytes]
    #: Encrypts what goes to the client.
    conceal: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a header says. The data centre's number is not kept: several clients send random bytes there."""

    obfuscation: Obfuscation
    framing: Framing


def _stream(key: bytes, iv: bytes, secret: bytes | None) -> CipherContext:
    if secret is not None:
        key = sha256(key + secret).digest()
    return Cipher(AES(key), CTR(iv)).encryptor()


def open_header(header: bytes, secrets: Sequence[bytes] = ()) -> Opened:
    """Read the 64 bytes that open an obfuscated connection.

    `secrets` are the 16-byte MTProxy secrets that clients may have been given; each is tried, then none.

    Raises:
        MalformedFrame: the tag inside names no framing.
    """
    turned = header[8:56][::-1]
    for secret in (*secrets, None):
        incoming = _stream(header[8:40], header[40:56], secret)
        tag = incoming.update(header)[56:60]
        if tag in TAGS:
            outgoing = _stream(turned[:32], turned[32:48], secret)
            return Opened(Obfuscation(incoming.update, outgoing.update), framing_of_tag(tag))
    raise MalformedFrame("unknown transport tag")
