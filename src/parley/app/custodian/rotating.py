"""`parley custodian rotate` and `passphrase`: change keys without opening anything; change the passphrase alone."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.custodian import keyfile
from parley.app.custodian.client import Client
from parley.app.custodian.enrolling import own_fingerprint
from parley.app.custodian.errors import DONE, Declined, Refused, ServerRefused
from parley.app.custodian.keyfile import Keys, SealKey
from parley.app.custodian.moving import move_all
from parley.app.custodian.tidying import tidy
from parley.app.custodian.tool import Tool, Unlocked
from parley.legal.disclosure.package import encode, number, reading
from parley.legal.translog.notes import SignerKey


def rotate(tool: Tool) -> int:
    """Make new keys and move every share of one's own to them; run it again after a failure and it goes on.

    All three keys change: for sealing, for calls, for cosignatures. The new ones are in the key file before the
    server hears of them. Other custodians must pin them anew.

    Raises:
        ToolError: the key file does not open, the person says no, or the server fails.
    """
    with tool.unlocked() as unlocked:
        done = _finished_before(unlocked)
        if done is None:
            done = _rotate(tidy(unlocked))
        tool.terminal.say(f"Your new fingerprint, for the other custodians: {own_fingerprint(done)}")
    return DONE


def _rotate(unlocked: Unlocked) -> Keys:
    begun = _begin(unlocked)
    moved = move_all(begun)
    begun.client.post("/rotation/finish", {})
    done = _finish(begun)
    begun.tool.terminal.say(
        f"{moved} shares lie under your new key. The old one stays in the key file for a day, for stragglers;"
        " `open` and `cosign` drop it then."
    )
    return done


def _finish(unlocked: Unlocked) -> Keys:
    keys, now = unlocked.keys, unlocked.tool.clock.now()
    assert keys.next_sign is not None
    seal = tuple(
        key if key == keys.newest or key.replaced_at is not None else replace(key, replaced_at=now)
        for key in keys.seal
    )
    done = replace(keys, sign=keys.next_sign, next_sign=None, seal=seal)
    unlocked.save(done)
    return done


def _finished_before(unlocked: Unlocked) -> Keys | None:
    """When the last run ended between the server's last step and the key file's, only the new key signs calls."""
    keys = unlocked.keys
    if keys.next_sign is None:
        return None
    with Client(keys.server, keys.custodian_id, keys.next_sign) as client:
        try:
            client.get("/directory")
        except ServerRefused:
            return None
    unlocked.tool.terminal.say("The rotation that was begun had ended on the server; the key file says so now.")
    return _finish(unlocked)


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
        cosign = SignerKey.generate(keys.cosign.name, keys.cosign.kind)
        keys = replace(keys, seal=(*keys.seal, new), next_sign=Ed25519PrivateKey.generate(), cosign=cosign)
        unlocked.save(keys)
    assert keys.next_sign is not None
    public = {
        "seal_key": encode(keys.newest.private.public_key().public_bytes_raw()),
        "sign_key": encode(keys.next_sign.public_key().public_bytes_raw()),
        "cosigner": keys.cosigner,
    }
    answer = unlocked.client.post("/rotation/begin", public)
    if reading(lambda: number(answer["key_no"])) != keys.newest.key_no:
        raise Refused("the server counts your keys otherwise than this key file")
    return replace(unlocked, keys=keys)
