"""`parley custodian open`: check a release, take off one's own layer, and hand on or finish.

Order matters. What is to be uploaded is stored in the tool's memory together with the nonce before anything
leaves the machine: after a failure the same bytes are sent again, and nothing is ever opened twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from parley.app.custodian import following
from parley.app.custodian.checks import Checked, check, check_earlier
from parley.app.custodian.combining import combined
from parley.app.custodian.errors import DONE, Declined, NotYet, Refused, ToolError
from parley.app.custodian.own_keys import private_of
from parley.app.custodian.state import State, UsedNonce
from parley.app.custodian.terminal import plain
from parley.app.custodian.tidying import tidy
from parley.app.custodian.tool import Tool, Unlocked
from parley.app.custodian.words import describe
from parley.core.ids import CustodianId, DisclosureId
from parley.legal.disclosure import delivery, rules
from parley.legal.disclosure.errors import DisclosureError
from parley.legal.disclosure.package import (
    Package,
    PackagedKey,
    PassedShare,
    decode,
    encode,
    passed_to_json,
    reading,
    text,
)
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.notes import Note
from parley.legal.vault import envelopes
from parley.legal.vault.errors import VaultError
from parley.legal.vault.model import Address


def open_releases(tool: Tool, release_id: str | None = None, *, dry_run: bool = False) -> int:
    """Work on one release, or on all that wait. `dry_run` checks and shows, and opens nothing.

    Raises:
        ToolError: with the exit code of what stopped it; with several releases, of the first that stopped.
    """
    with tool.unlocked() as unlocked:
        cosigned = _followed(unlocked)
        waiting = [release_id] if release_id else _waiting(unlocked)
        if not waiting:
            tool.terminal.say("No release waits for you.")
        stopped = [error for one in waiting if (error := _attempt(unlocked, one, cosigned, dry_run)) is not None]
        if not dry_run:
            tidy(unlocked)
            following.cosign_newest(unlocked.client, unlocked.keys, tool.state_file, tool.clock)
    if stopped:
        raise stopped[0]
    return DONE


def _followed(unlocked: Unlocked) -> tuple[Note, ...]:
    """Follow the log first; gives the checkpoints of its history that somebody has cosigned."""
    tool = unlocked.tool
    state, newest = following.follow(unlocked.client, unlocked.keys, tool.state_file.load())
    tool.state_file.save(state)
    seen = state.checkpoint
    assert seen is not None
    return newest, *following.cosigned(unlocked.client, unlocked.keys, seen)


def _waiting(unlocked: Unlocked) -> list[str]:
    """The releases that this custodian can do something for; where they were first, another one is needed."""
    raw = unlocked.client.get("/releases")
    releases = reading(lambda: [(text(one["release_id"]), list(one["handed_on"])) for one in raw["releases"]])
    done = {used.path for used in unlocked.tool.state_file.load().nonces.values() if used.upload is None}
    mine = [
        one for one, people in releases if unlocked.keys.custodian_id in people and _path(one, "peeled") in done
    ]
    for release_id in mine:
        unlocked.tool.terminal.say(f"Release {plain(release_id)} waits for another custodian: your part is done.")
    return [one for one, _ in releases if one not in mine]


def _attempt(unlocked: Unlocked, release_id: str, cosigned: tuple[Note, ...], dry_run: bool) -> ToolError | None:
    """Work on one release; a refusal is shown and told to the server, and the others go on."""
    try:
        with _as_refusal():
            _work_on(unlocked, release_id, cosigned, dry_run)
    except ToolError as error:
        unlocked.tool.terminal.say(f"Release {plain(release_id)}: nothing was opened. {plain(error)}")
        if isinstance(error, Refused) and not dry_run:
            _report(unlocked, release_id, error)
        return error
    return None


@contextmanager
def _as_refusal() -> Iterator[None]:
    """Whatever does not fit the formats or the decision is a refusal, in whichever layer it was found."""
    try:
        yield
    except (VaultError, DisclosureError, TranslogError) as error:
        raise Refused(f"what the server sent does not fit: {error}") from error


def _report(unlocked: Unlocked, release_id: str, error: ToolError) -> None:
    try:
        unlocked.client.post(_path(release_id, "refusal"), {"reason": type(error).__name__})
    except ToolError as failed:
        unlocked.tool.terminal.say(f"The server did not hear of the refusal: {plain(failed)}")


def _path(release_id: str, step: str) -> str:
    if not release_id.isalnum():
        raise Refused("the server gave a release an impossible name")
    return f"/releases/{release_id}/{step}"


def _work_on(unlocked: Unlocked, release_id: str, cosigned: tuple[Note, ...], dry_run: bool) -> None:
    tool = unlocked.tool
    package = Package.from_json(unlocked.client.get(_path(release_id, "package")))
    checked = check(package, unlocked.keys.pins, unlocked.me, tool.clock.now(), cosigned)
    state = tool.state_file.load()
    seen = state.checkpoint
    assert seen is not None
    following.check_part_of(unlocked.client, checked.checkpoint, seen)
    pending = state.pending(checked.request.nonce, checked.signed.sha256.hex())
    for line in describe(checked):
        tool.terminal.say(line)
    check_earlier(package, unlocked.keys.pins, unlocked.me)
    if dry_run:
        tool.terminal.say("Every check holds. This was a dry run: nothing was opened.")
        return
    if pending is None:
        if not tool.terminal.confirm("Open this?"):
            raise Declined("you said no")
        state, pending = _open(unlocked, checked, state)
    unlocked.client.post(pending.path, pending.upload or {})
    tool.state_file.save(state.uploaded(checked.request.nonce))
    tool.terminal.say(
        "Done: " + ("the delivery is sealed and uploaded." if package.last else "another custodian can go on.")
    )


def _open(unlocked: Unlocked, checked: Checked, state: State) -> tuple[State, UsedNonce]:
    step, upload = _finish(unlocked, checked) if checked.package.last else _hand_on(unlocked, checked)
    used = UsedNonce(checked.signed.sha256.hex(), _path(checked.package.release_id, step), upload)
    state = state.with_nonce(checked.request.nonce, used)
    unlocked.tool.state_file.save(state)
    return state, used


def _hand_on(unlocked: Unlocked, checked: Checked) -> tuple[str, dict[str, Any]]:
    passed: list[PassedShare] = []
    for key in checked.package.keys:
        private = combined(unlocked, checked, key)
        given = _wholes(unlocked, checked, key, private) if private else _halves(unlocked, checked, key)
        mine = list(given)
        if key.shares and not mine:
            raise NotYet(f"you have pinned nobody who could go on with {key.name.day}: run `parley custodian pin`")
        passed += mine
    if checked.package.keys and not passed:
        raise NotYet("you hold no share of these days: other custodians must open them")
    return "peeled", {"passed": passed_to_json(passed)}


def _halves(unlocked: Unlocked, checked: Checked, key: PackagedKey) -> Iterator[PassedShare]:
    """Hand one's own halves to the partners whom one has pinned."""
    for share in key.shares:
        partner = unlocked.keys.pins.custodian(share.partner)
        if partner is None:
            continue
        half = envelopes.open_share(share, key.name, private_of(unlocked, share))
        context = envelopes.passed_info(checked.signed.sha256, key.name, share.holder, share.partner)
        sealed = envelopes.seal(half, X25519PublicKey.from_public_bytes(partner.seal_key), context)
        yield PassedShare(key.name, share.holder, share.partner, sealed)


def _wholes(
    unlocked: Unlocked, checked: Checked, key: PackagedKey, private: X25519PrivateKey
) -> Iterator[PassedShare]:
    """Hand a key that two people have opened to all pinned custodians who have not acted yet."""
    me = unlocked.keys.number
    for other in unlocked.keys.pins.custodians:
        if other.custodian_id in checked.package.earlier:
            continue
        context = envelopes.whole_info(checked.signed.sha256, key.name, me, other.number)
        receiver = X25519PublicKey.from_public_bytes(other.seal_key)
        sealed = envelopes.seal(private.private_bytes_raw(), receiver, context)
        yield PassedShare(key.name, me, other.number, sealed, whole=True)


def _finish(unlocked: Unlocked, checked: Checked) -> tuple[str, dict[str, Any]]:
    found: list[Address] = []
    for key in checked.package.keys:
        private = combined(unlocked, checked, key)
        if private is None:
            raise NotYet(f"nobody has handed you what belongs to your half of {key.name.day}: another must be last")
        records = [record for record in checked.package.records if record.name == key.name]
        found += [envelopes.open_address(one.sealed, key.name.account, key.name.day, private) for one in records]
    addresses = rules.trim(found, checked.request)
    contents = delivery.write_contents(checked.request, checked.package.phone, addresses)
    manifest, signature = _manifest(unlocked, checked, contents)
    sealed = delivery.seal(contents, manifest, signature, checked.request.recipient_key)
    return "delivery", {"sealed": encode(sealed), "records": len(addresses)}


def _manifest(unlocked: Unlocked, checked: Checked, contents: delivery.Contents) -> tuple[bytes, bytes]:
    """Have the manifest signed: the server gets two hashes, and what it signs must be what this tool expects."""
    raw = unlocked.client.post(_path(checked.package.release_id, "manifest"), {"files": contents.hashes()})
    manifest, signature = reading(lambda: (decode(raw["manifest"]), decode(raw["signature"], 64)))
    package = checked.package
    people = (*package.earlier, CustodianId(unlocked.keys.custodian_id))
    watermark = DisclosureId(package.delivery_id)
    if manifest != delivery.write_manifest(checked.signed, watermark, contents.hashes(), people, package.given_up):
        raise Refused("the server signed another manifest than this delivery's")
    delivery.check_signature(manifest, signature, unlocked.keys.pins.delivery_key)
    return manifest, signature
