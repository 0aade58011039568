"""The phone number in a preservation snapshot: under the snapshot's own erasure key, so that it ends with it.

The server can read the numbers of its accounts anyway; this keeps one that would be gone or another by the time of
a decision, and not a day longer than the addresses beside it.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parley.legal.vault.errors import SealBroken

_NONCE_SIZE = 12
#: Longer than any number with its plus sign (ITU-T E.164: 15 digits); every sealed one is equally long.
_SIZE = 32


def seal(phone: str, hold_id: str, erasure_key: bytes) -> bytes:
    """Encrypt a number for a snapshot (AES-256-GCM, random nonce)."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(erasure_key).encrypt(nonce, phone.encode().ljust(_SIZE), _bound_to(hold_id))


def unseal(sealed: bytes, hold_id: str, erasure_key: bytes) -> str:
    """Undo `seal`.

    Raises:
        SealBroken: another snapshot's key or number, or changed bytes.
    """
    try:
        plain = AESGCM(erasure_key).decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], _bound_to(hold_id))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the number of that snapshot does not open with its erasure key") from error
    return plain.decode().rstrip()


def _bound_to(hold_id: str) -> bytes:
    return b"parley vault v1 held number " + hold_id.encode()
