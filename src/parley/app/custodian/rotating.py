"""`parley custodian rotate` and `passphrase`: change keys without opening anything; change the passphrase alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.custodian import keyfile
from parley.app.custodian.enrolling import own_fingerprint
from parley.app.custodian.errors import DONE, Declined, Refused
from parley.app.custodian.keyfile import SealKey
from parley.app.custodian.tool import Tool, Unlocked
from parley.legal.disclosure.package import (
    encode,
    name_from_json,
    number,
    reading,
    share_from_json,
    share_to_json,
)
from parley.legal.vault import envelopes
from parley.legal.vault.errors import SealBroken


def rotate(tool: Tool) -> int:
    """Make new keys and move every share of one's own to them; run it again after a failure and it goes on.

    The new keys are in the key file before the server hears of them. Other custodians must pin them anew.

    Raises:
        ToolError: the key file does not open, the person says no, or the server fails.
    """
    with tool.unlocked() as unlocked:
        begun = _begin(unlocked)
        moved = _move_all(begun)
        begun.client.post("/rotation/finish", {})
        assert begun.keys.next_sign is not None
        begun.save(replace(begun.keys, sign=begun.keys.next_sign, next_sign=None))
        tool.terminal.say(f"{moved} shares lie under your new key; the old one is kept for stragglers only.")
        tool.terminal.say(f"Your new fingerprint, for the other custodians: {own_fingerprint(begun.keys)}")
    return DONE


def passphrase(tool: Tool) -> int:
    """Encrypt the key file under another passphrase.

    Raises:
        ToolError: the key file does not open, or the new passphrase is too short.
    """
    with tool.unlocked() as unlocked:
        new = keyfile.check_passphrase(tool.terminal.secret("New passphrase"))
        if tool.terminal.secret("Once more") != new:
            raise Declined("the two passphrases differ")
        tool.save(unlocked.keys, new)
        tool.terminal.say("The key file has its new passphrase.")
    return DONE


def _begin(unlocked: Unlocked) -> Unlocked:
    """Make and store the new keys, or go on with those of a rotation that was interrupted; then register them."""
    keys = unlocked.keys
    if keys.next_sign is None:
        if not unlocked.tool.terminal.confirm("Make new keys and move your shares to them?"):
            raise Declined("nothing was changed")
        new = SealKey(keys.newest.key_no + 1, X25519PrivateKey.generate())
        keys = replace(keys, seal=(*keys.seal, new), next_sign=Ed25519PrivateKey.generate())
        unlocked.save(keys)
    assert keys.next_sign is not None
    public = {
        "seal_key": encode(keys.newest.private.public_key().public_bytes_raw()),
        "sign_key": encode(keys.next_sign.public_key().public_bytes_raw()),
    }
    answer = unlocked.client.post("/rotation/begin", public)
    if reading(lambda: number(answer["key_no"])) != keys.newest.key_no:
        raise Refused("the server counts your keys otherwise than this key file")
    return replace(unlocked, keys=keys)


def _move_all(unlocked: Unlocked) -> int:
    moved, after = 0, None
    while True:
        page = unlocked.client.post("/rotation/page", {"after": after})
        moved += _move_page(unlocked, page)
        after = page.get("after")
        if after is None:
            return moved


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
