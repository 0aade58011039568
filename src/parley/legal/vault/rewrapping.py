"""The arithmetic of re-wrapping a day key for a successor: two custodians use their halves, nobody sees the key.

A pair holds the halves g and q of a key (their XOR). The giver draws random s. Then giver and successor hold g and
q, the other custodian and the successor hold q XOR s and g XOR s. The successor has q and g XOR s, which alone say
nothing; each of the two has random bytes as before. In every pair the custodian with the smaller number gives:
whoever did both parts for one pair would hand the successor more than a half.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from parley.legal.vault import envelopes
from parley.legal.vault.errors import SealBroken
from parley.legal.vault.model import KeyName, Share


@dataclass(frozen=True, slots=True)
class Seat:
    """A custodian as others seal to them: their number, and the public half of their newest key with its number."""

    number: int
    key_no: int
    public: X25519PublicKey


@dataclass(frozen=True, slots=True)
class Given:
    """What the giver makes: two new shares, and the random bytes sealed to the other custodian of the pair."""

    own: Share
    heirs: Share
    hint: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What the other custodian adds: two more shares."""

    own: Share
    heirs: Share


def gives(number: int, partner: int) -> bool:
    """Whether this custodian is the giver of a pair."""
    return number < partner


def hint_info(name: KeyName, giver: int, receiver: int, heir: int) -> bytes:
    """The context of the random bytes that the giver hands to the other."""
    return envelopes.info("rewrap", name.account, name.day, name.key_id, giver, receiver, heir)


def give(half: bytes, name: KeyName, me: Seat, partner: Seat, heir: Seat) -> Given:
    """Make the giver's part out of their half."""
    blind = secrets.token_bytes(envelopes.KEY_SIZE)
    hint = envelopes.seal(blind, partner.public, hint_info(name, me.number, partner.number, heir.number))
    return Given(_share(half, name, me, heir), _share(envelopes.xor(half, blind), name, heir, partner), hint)


def answer(half: bytes, hint: bytes, name: KeyName, me: Seat, partner: Seat, heir: Seat) -> Answered:
    """Make the other custodian's part out of their half and the giver's opened hint."""
    if len(hint) != envelopes.KEY_SIZE:
        raise SealBroken("a hint has 32 bytes")
    return Answered(_share(envelopes.xor(half, hint), name, me, heir), _share(half, name, heir, partner))


def open_hint(sealed: bytes, name: KeyName, giver: int, receiver: int, heir: int, key: X25519PrivateKey) -> bytes:
    """Open the random bytes that the giver handed on.

    Raises:
        SealBroken: they are for somebody else, or of another key.
    """
    return envelopes.unseal(sealed, key, hint_info(name, giver, receiver, heir))


def _share(half: bytes, name: KeyName, holder: Seat, partner: Seat) -> Share:
    return envelopes.seal_half(half, name, holder.number, partner.number, holder.key_no, holder.public)
