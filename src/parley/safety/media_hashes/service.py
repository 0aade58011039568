"""Imports hash lists and answers, for each finished upload, whether the file is known."""

from __future__ import annotations

from collections.abc import Iterable

from parley.core.clock import Clock
from parley.safety.media_hashes import rules, store
from parley.safety.media_hashes.model import HashMatch
from parley.storage import audit
from parley.storage.database import Database


class HashBanks:
    """Exact matching; a perceptual bank fits behind the same two calls."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def check(self, sha256: bytes) -> HashMatch | None:
        """The match of a file's SHA-256, or None. Filled into the messenger's upload port by `app`."""
        return await store.find(self._database, sha256)

    async def import_list(self, lines: Iterable[str], bank: str, source: str, actor: str) -> int:
        """Add a list to a bank; how many hashes are new. Raises HashListInvalid, and then adds none."""
        hashes = rules.read_list(lines)
        now = self._clock.now()
        async with self._database.transaction() as conn:
            added = await store.add(conn, hashes, bank, source, actor, now)
            await audit.record(
                conn, now, actor, "safety.import_hashes", f"bank:{bank}", {"source": source, "added": added}
            )
        return added
