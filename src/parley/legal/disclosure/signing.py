"""The operator's delivery key: it signs manifests and nothing else; its hash stands in the public log."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from parley.core.errors import ConfigurationError
from parley.legal.translog.openings import Opening, Stage

_SIZE = 32


class DeliveryKey:
    """An Ed25519 key (RFC 8032) in a file of its own under `secrets/`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def load_or_make(cls, path: Path) -> DeliveryKey:
        """Read the key file, or make it with mode 0600 when there is none.

        Raises:
            ConfigurationError: the file holds something else.
        """
        if not path.exists():
            _write_new(path, Ed25519PrivateKey.generate().private_bytes_raw())
        seed = path.read_bytes()
        if len(seed) != _SIZE:
            raise ConfigurationError(f"{path} holds no delivery key")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes: what custodians pin and officers verify with."""
        return self._key.public_key().public_bytes_raw()

    @property
    def pem(self) -> str:
        """The public key as PEM, the form that OpenSSL verifies with."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, manifest: bytes) -> bytes:
        """Sign a manifest; 64 bytes."""
        return self._key.sign(manifest)

    @property
    def entry_id(self) -> str:
        """The id of the log entry that publishes this key: the same on every start, so it is logged once."""
        return hashlib.sha256(b"delivery-key" + self.public).hexdigest()[:32]

    @property
    def opening(self) -> Opening:
        """The log entry that publishes this key."""
        digest = hashlib.sha256(self.public).hexdigest()
        return Opening(Stage.REGISTRY, subject="delivery_key", sha256=digest)


def _write_new(path: Path, seed: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.new")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, seed)
        os.fsync(handle)
    finally:
        os.close(handle)
    with suppress(FileExistsError):  # another process was first; its key holds
        os.link(aside, path)
    aside.unlink()
