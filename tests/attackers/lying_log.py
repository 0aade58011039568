"""A log whose operator holds the key and shows each visitor whatever leaves he likes, well-formed and signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from parley.app.log_verify.errors import LogUnreachable
from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.merkle import MemoryTree
from parley.legal.translog.notes import ED25519, SignerKey
from parley.legal.translog.openings import Leaf, Opening, commitment
from parley.legal.translog.publication import Opened, Publication
from parley.legal.translog.tiles import bundles_of, encode_bundle, tiles_of

KEY = SignerKey("chat.example/log", ED25519, bytes(32))
SALT = bytes(range(32))


def leaf(index: int, opening: Opening) -> Leaf:
    """One leaf of batches of sixteen."""
    return Leaf(index, 1 + index // 16, commitment(SALT, opening))


@dataclass
class View:
    """What one visitor is shown: the public files of a log over these openings, and what was posted to it."""

    openings: Sequence[Opening]
    publications: Sequence[Publication] = ()
    posted: list[str] = field(default_factory=list)

    @property
    def leaves(self) -> list[Leaf]:
        return [leaf(index, opening) for index, opening in enumerate(self.openings)]

    @property
    def checkpoint(self) -> bytes:
        """The signed note."""
        tree = MemoryTree([item.hash for item in self.leaves])
        return str(sign_checkpoint(Checkpoint(KEY.name, tree.size, tree.root()), KEY)).encode()

    def opened(self, index: int, opening: Opening | None = None) -> Opened:
        """A leaf as the operator opens it: truly, or as `opening`."""
        return Opened(index, SALT, opening or self.openings[index])

    def __call__(self, path: str) -> bytes:
        try:
            return self._files()[path]
        except KeyError:
            raise LogUnreachable(path, 404) from None

    def post(self, path: str, body: str) -> None:
        self.posted.append(body)

    def _files(self) -> dict[str, bytes]:
        leaves, size = self.leaves, len(self.openings)
        tree = MemoryTree([item.hash for item in leaves])
        names = [publication.quarter for publication in self.publications]
        files = {"checkpoint": self.checkpoint, "vkey": str(KEY.verifier).encode(), "openings.json": _listed(names)}
        for tile in tiles_of(size):
            assert tile.level is not None
            row = [tree(8 * tile.level, tile.start + number) for number in range(tile.width)]
            files[tile.path] = b"".join(row)
        for bundle in bundles_of(size):
            part = leaves[bundle.start : bundle.start + bundle.width]
            files[bundle.path] = encode_bundle([item.encode() for item in part])
        for publication in self.publications:
            files[f"openings/{publication.quarter}.json"] = _json(publication.to_json())
        return files


def _listed(names: Sequence[str]) -> bytes:
    return _json({"quarters": [{"quarter": name, "path": f"openings/{name}.json"} for name in names]})


def _json(raw: object) -> bytes:
    return json.dumps(raw).encode()
