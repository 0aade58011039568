"""What a backup says of itself: the manifest, the last member of the archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from parley.app.backup.errors import BackupDamaged

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.dump"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its length in bytes and its SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` has every member but blobs, whose names are their digests; those are counted only.

    `schema` is the number of the newest migration, `secrets_left_out` the names (never the content) of secrets
    that the restored server will lack, `log_sizes` how long each public log was for its signer.
    """

    parley: str
    made_at: str
    schema: int
    with_secrets: bool
    secrets_left_out: tuple[str, ...] = ()
    log_sizes: Mapping[str, int] = field(default_factory=dict)
    blobs: int = 0
    files: Mapping[str, Entry] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> bytes:
        """The manifest as readable JSON."""
        return (json.dumps(asdict(self), indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Read a manifest.

        Raises:
            BackupDamaged: it is none, or of a form that this version does not know.
        """
        try:
            raw: dict[str, Any] = json.loads(data)
            if raw["format"] != FORMAT:
                raise BackupDamaged(f"this backup has the form {raw['format']}; this version reads {FORMAT}")
            raw["files"] = {name: Entry(**entry) for name, entry in raw["files"].items()}
            raw["secrets_left_out"] = tuple(raw["secrets_left_out"])
            return cls(**raw)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupDamaged("the manifest of this backup cannot be read") from error
