"""Signed notes of C2SP signed-note: a text with signature lines, Ed25519 keys and their one-line spelling.

Two kinds of key exist here: a log's own (type 0x01 signs the text) and a witness's (type 0x04 signs the text
together with a time, see `cosignatures`).
"""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from parley.legal.translog.errors import Malformed, SignatureInvalid

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
#: Larger than sixteen signatures of any kind that we know; what is larger is not read.
MAX_NOTE_BYTES = 64 * 1024
_DASH = "\u2014 "
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and kind; as text `name+keyid+base64(kind || key)`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that, with the name, mark this key's signatures."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read the one-line spelling.

        Raises:
            Malformed: not a verifier key, of another kind, or with a key id that is not its own.
        """
        name, key_id, material = _split_key(text.strip())
        key = cls(name, material[0], material[1:])
        if key.kind not in (ED25519, COSIGNATURE_V1) or len(key.public) != 32 or key.key_id.hex() != key_id:
            raise Malformed("not a verifier key that this program knows")
        return key

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def check(self, message: bytes, signature: bytes) -> None:
        """Verify a plain Ed25519 signature.

        Raises:
            SignatureInvalid: it is not this key's signature of the message.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise SignatureInvalid(f"the signature by {self.name} does not verify") from None


@dataclass(frozen=True, slots=True, repr=False)
class SignerKey:
    """A private key with its name and kind; as text `PRIVATE+KEY+name+keyid+base64(kind || seed)`."""

    name: str
    kind: int
    seed: bytes

    @classmethod
    def generate(cls, name: str, kind: int) -> SignerKey:
        """Make a fresh key.

        Raises:
            Malformed: the name is empty or has a space or a plus sign in it.
        """
        if not is_key_name(name):
            raise Malformed("a key's name has no spaces and no plus signs")
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        """Read the one-line spelling.

        Raises:
            Malformed: not a private key, or one whose key id is not its own.
        """
        line = text.strip()
        if not line.startswith(_PRIVATE):
            raise Malformed("not a private note key")
        name, key_id, material = _split_key(line.removeprefix(_PRIVATE))
        key = cls(name, material[0], material[1:])
        if len(key.seed) != 32 or key.verifier.key_id.hex() != key_id:
            raise Malformed("not a private note key")
        return key

    def serialize(self) -> str:
        """Write the one-line spelling, which is a secret."""
        material = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{material}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def sign(self, message: bytes) -> bytes:
        """Sign with plain Ed25519 (RFC 8032)."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose it is by its own account, and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def is_by(self, key: VerifierKey) -> bool:
        """Whether the line claims to be of this key."""
        return self.name == key.name and self.key_id == key.key_id

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, with its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes | str) -> Note:
        """Split a note into text and signatures; nothing is verified yet.

        Raises:
            Malformed: not a note.
        """
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > MAX_NOTE_BYTES:
            raise Malformed("the note is too large")
        try:
            whole = raw.decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Malformed("a note is UTF-8 text") from None
        if any(char < " " and char != "\n" for char in whole) or not whole.endswith("\n"):
            raise Malformed("a note has no control characters and ends in a newline")
        cut = whole.rfind("\n\n")
        if cut < 0 or cut + 2 == len(whole):
            raise Malformed("a note has a text, an empty line and signatures")
        lines = whole[cut + 2 : -1].split("\n")
        return cls(whole[: cut + 1], tuple(parse_signature(line) for line in lines))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """Give the same note with further signature lines, none of them twice."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))

    def verify(self, key: VerifierKey) -> None:
        """Demand a valid signature of the text by a plain Ed25519 key.

        Raises:
            SignatureInvalid: there is none, or one that claims to be of this key does not verify.
        """
        claimed = [item for item in self.signatures if item.is_by(key)]
        if not claimed or key.kind != ED25519:
            raise SignatureInvalid(f"{key.name} has not signed this")
        for item in claimed:
            key.check(self.text.encode(), item.signature)


def sign_text(text: str, key: SignerKey) -> Note:
    """Make a note out of a text that ends in a newline."""
    return Note(text, (Signature(key.name, key.verifier.key_id, key.sign(text.encode())),))


def parse_signature(line: str) -> Signature:
    """Read one signature line, with or without its newline.

    Raises:
        Malformed: not a signature line.
    """
    parts = line.removesuffix("\n").removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2 or not is_key_name(parts[0]):
        raise Malformed("not a signature line")
    raw = decode_base64(parts[1])
    if len(raw) < 5:
        raise Malformed("not a signature line")
    return Signature(parts[0], raw[:4], raw[4:])


def is_key_name(name: str) -> bool:
    """Whether a name may stand in a signature line: not empty, no space of any script, no plus, no control."""
    return bool(name) and not any(
        char == "+" or char.isspace() or unicodedata.category(char) == "Cc" for char in name
    )


def _split_key(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        raise Malformed("not a note key")
    material = decode_base64(parts[2])
    if len(material) < 2:
        raise Malformed("not a note key")
    return parts[0], parts[1], material


def decode_base64(text: str) -> bytes:
    """Read standard base64 in its one spelling.

    Raises:
        Malformed: it is not.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Malformed("not base64 in its one spelling")
    return raw
