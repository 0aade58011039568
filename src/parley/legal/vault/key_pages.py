"""All day keys that are kept, page by page, for what custodians do with every one of them."""

from __future__ import annotations

from dataclasses import dataclass

from parley.legal.vault import hold_store, store
from parley.legal.vault.model import DayKey, KeyName
from parley.storage.database import Executor

PAGE = 200


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys, each with the id of its snapshot or None, and where the next page begins; None at the end."""

    keys: tuple[tuple[str | None, DayKey], ...]
    after: KeyName | None


async def key_page(conn: Executor, after: KeyName | None) -> KeyPage:
    """The keys that follow `after` in the order of their names; those of snapshots come with the last page."""
    live = tuple((None, key) for key in await store.keys_after(conn, after, PAGE))
    if len(live) == PAGE:
        return KeyPage(live, live[-1][1].name)
    return KeyPage((*live, *await hold_store.all_keys(conn)), None)
