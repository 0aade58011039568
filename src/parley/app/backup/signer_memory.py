"""What a restore does to the log's signer: it may never sign for the restored log, whose true length nobody knows.

Between the backup and the loss the log grew, and others have seen it. A signer that went on from the backup would
show two histories of one log. Only the signer's own memory, saved from the lost server, lets the log go on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from parley.core.files import replace_durably
from parley.legal.translog.signer import Signed, read_state

MEMORY: Final = "signed.json"
RETIRED: Final = Signed(size=2**62, root=bytes(32))
"""Longer than any log, so that whatever the database holds is an old state to the signer."""


def retire(folder: Path, origins: Iterable[str]) -> list[str]:
    """Let the signer refuse every origin that it has no memory of; gives those."""
    known = read_state(folder / MEMORY)
    new = [origin for origin in origins if origin not in known]
    if new:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = {**known, **dict.fromkeys(new, RETIRED)}
        text = json.dumps(_plain(state), indent=1, sort_keys=True) + "\n"
        replace_durably(folder / MEMORY, text.encode())
    return new


def _plain(state: dict[str, Signed]) -> dict[str, dict[str, int | str]]:
    return {
        origin: {"size": item.size, "root": base64.b64encode(item.root).decode()} for origin, item in state.items()
    }
