"""Moving one's own shares to one's newest key, page by page; nothing is put together on the way."""

from __future__ import annotations

from typing import Any

from parley.app.custodian.errors import Refused
from parley.app.custodian.tool import Unlocked
from parley.legal.disclosure.package import name_from_json, number, reading, share_from_json, share_to_json
from parley.legal.vault import envelopes
from parley.legal.vault.errors import SealBroken


def move_all(unlocked: Unlocked) -> int:
    """Move every share that lies under an earlier key; gives how many.

    Raises:
        Refused: the server sent a share that is not this custodian's, or that does not open.
        ServerFailed: it cannot be reached.
    """
    return sum(_move_page(unlocked, page) for page in unlocked.client.pages("/rotation/page", {}))


def _move_page(unlocked: Unlocked, page: dict[str, Any]) -> int:
    shares = reading(lambda: [_move(unlocked, raw) for raw in page["shares"]])
    if not shares:
        return 0
    answer = unlocked.client.post("/rotation/rewrap", {"shares": shares})
    return reading(lambda: number(answer["moved"]))


def _move(unlocked: Unlocked, raw: dict[str, Any]) -> dict[str, Any]:
    name, share = reading(lambda: (name_from_json(raw), share_from_json(raw)))
    old = unlocked.keys.seal_key(share.key_no)
    if old is None or share.holder != unlocked.keys.number:
        raise Refused("the server sent a share that is not yours to move")
    newest = unlocked.keys.newest
    try:
        new = envelopes.reseal_share(share, name, old, newest.private.public_key(), newest.key_no)
    except SealBroken as error:
        raise Refused(f"a share of yours does not open: {error}") from error
    return {**raw, **share_to_json(new)}
