"""Dropping sealing keys that nothing needs any more, so that a stolen key file is worth as little as possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from parley.app.custodian.moving import move_all
from parley.app.custodian.tool import Unlocked
from parley.legal.disclosure.package import number, reading

#: Other processes of the server may seal for the old key for some seconds; an old key is kept far longer than that.
KEEP_OLD: Final = timedelta(days=1)


def tidy(unlocked: Unlocked) -> Unlocked:
    """Move what still lies under keys that were replaced a day ago, and drop them from the key file.

    Nothing happens while a rotation is unfinished, or while others have handed on something under such a key.

    Raises:
        ToolError: the server fails.
    """
    keys, now = unlocked.keys, unlocked.tool.clock.now()
    old = [key for key in keys.seal if key.replaced_at is not None and now - key.replaced_at >= KEEP_OLD]
    if not old or keys.next_sign is not None:
        return unlocked
    answer = unlocked.client.post("/rotation/needed", {})
    if reading(lambda: number(answer["waiting"])):
        return unlocked
    moved = move_all(unlocked)
    kept = replace(keys, seal=tuple(key for key in keys.seal if key not in old))
    unlocked.save(kept)
    unlocked.tool.terminal.say(
        f"{len(old)} old sealing keys are gone from the key file, {moved} late shares were moved before."
    )
    return replace(unlocked, keys=kept)
