"""The operator's delivery key: it signs manifests and nothing else; its hash stands in the public log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from parley.core.errors import ConfigurationError
from parley.core.files import create_durably, replace_durably, sync_folder
from parley.legal.disclosure.succession import Succession
from parley.legal.translog.openings import Opening, Stage

_SIZE = 32


class DeliveryKey:
    """An Ed25519 key (RFC 8032) in a file under `secrets/`; `successions` tells which keys it follows."""

    def __init__(self, key: Ed25519PrivateKey, successions: Sequence[Succession] = ()) -> None:
        self._key = key
        self.successions = tuple(successions)

    @classmethod
    def load_or_make(cls, path: Path) -> DeliveryKey:
        """Read the key file, or make it with mode 0600 when there is none.

        Raises:
            ConfigurationError: the file holds something else.
        """
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create_durably(path, Ed25519PrivateKey.generate().private_bytes_raw())
        seed = path.read_bytes()
        if len(seed) != _SIZE:
            raise ConfigurationError(f"{path} holds no delivery key")
        return cls(Ed25519PrivateKey.from_private_bytes(seed), read_successions(path))

    @classmethod
    def succeed(cls, path: Path) -> DeliveryKey:
        """Put a new key in place of the one at `path`, which signs it over and is gone afterwards.

        Each step leaves a state from which the next call goes on: the new key waits beside the old one, then the
        succession is written, then the new key takes the place.
        """
        old, waiting = cls.load_or_make(path), path.with_name(f"{path.name}.next")
        new = cls.load_or_make(waiting)
        if not old.successions or old.successions[-1].new != new.public:
            line = [*old.successions, Succession.make(old._key, new.public)]
            replace_durably(_successions_path(path), json.dumps([one.to_json() for one in line]).encode("ascii"))
        waiting.replace(path)
        sync_folder(path.parent)
        return cls.load_or_make(path)

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


def read_successions(path: Path) -> list[Succession]:
    """The successions that lead to the key at `path`, the oldest first.

    Raises:
        ConfigurationError: the file beside it holds something else.
    """
    try:
        return [Succession.from_json(one) for one in json.loads(_successions_path(path).read_text("ascii"))]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{_successions_path(path)} holds no successions") from None


def _successions_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.successions")
