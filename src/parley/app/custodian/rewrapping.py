"""`parley custodian rewrap`: two custodians give a successor shares of older days, and open nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from parley.app.custodian.errors import DONE, Declined, NotYet, Refused
from parley.app.custodian.own_keys import opened_by_any, private_of
from parley.app.custodian.terminal import plain
from parley.app.custodian.tool import Tool, Unlocked
from parley.legal.disclosure import directory
from parley.legal.disclosure.model import PinnableCustodian
from parley.legal.disclosure.package import (
    decode,
    encode,
    name_from_json,
    number,
    reading,
    share_from_json,
    share_to_json,
)
from parley.legal.vault import envelopes, rewrapping
from parley.legal.vault.errors import SealBroken
from parley.legal.vault.model import KeyName, Share
from parley.legal.vault.rewrapping import Seat


def rewrap(tool: Tool, name: str) -> int:
    """Do one's own part for every day that is kept; the second of the two custodians completes it.

    Raises:
        ToolError: the successor is not pinned, the person says no, or the server fails.
    """
    with tool.unlocked() as unlocked:
        heir = _pinned(unlocked, name)
        tool.terminal.say(f"{plain(heir.name)}: {directory.fingerprint_of_custodian(heir)}")
        question = "Let them open, with one other custodian, the days that were kept before they joined?"
        if not tool.terminal.confirm(question):
            raise Declined("nothing was re-wrapped")
        raw = unlocked.client.post("/rewrap/begin", {"heir": heir.custodian_id})
        run = _Run(unlocked, _seat(heir, reading(lambda: number(raw["key_no"]))), heir.custodian_id)
        done = run.all_pages()
        tool.terminal.say(
            f"{done.given} days are prepared for the other custodian, {done.answered} are complete,"
            f" {done.waiting} wait until the other custodian has run this command."
        )
    return DONE


@dataclass(slots=True)
class _Done:
    """How far the run came."""

    given: int = 0
    answered: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """One run for one successor."""

    unlocked: Unlocked
    heir: Seat
    heir_id: str

    def all_pages(self) -> _Done:
        """Work through every key of the server."""
        done = _Done()
        for page in self.unlocked.client.pages("/rewrap/page", {"heir": self.heir_id}):
            parts = reading(lambda: [self._made(raw) for raw in page["parts"]])  # noqa: B023 -- called at once
            done.given += self._send("give", [made for made in parts if "hint" in made])
            done.answered += self._send("answer", [made for made in parts if "hint" not in made])
            done.waiting += reading(lambda: number(page["waiting"]))  # noqa: B023
        return done

    def _send(self, step: str, parts: list[dict[str, Any]]) -> int:
        if not parts:
            return 0
        answer = self.unlocked.client.post(f"/rewrap/{step}", {"heir": self.heir_id, "parts": parts})
        return reading(lambda: number(answer["done"]))

    def _made(self, raw: dict[str, Any]) -> dict[str, Any]:
        name, share = name_from_json(raw), share_from_json(raw["share"])
        hint = None if raw["hint"] is None else decode(raw["hint"], envelopes.SEALED_SHARE_SIZE)
        keys = self.unlocked.keys
        if share.holder != keys.number or self.heir.number in (share.holder, share.partner):
            raise Refused("the server sent a share that is not yours to re-wrap")
        if rewrapping.gives(share.holder, share.partner) != (hint is None):
            raise Refused("the server asks for the other custodian's part: whoever did both would give away a key")
        half = _opened(self.unlocked, share, name)
        me = Seat(keys.number, keys.newest.key_no, keys.newest.private.public_key())
        partner = _partner(self.unlocked, share)
        same = {key: raw[key] for key in ("account", "day", "key_id", "hold_id", "share")}
        if hint is None:
            given = rewrapping.give(half, name, me, partner, self.heir)
            shares = {"own": share_to_json(given.own), "heirs": share_to_json(given.heirs)}
            return {**same, **shares, "hint": encode(given.hint)}
        opened = _hint(self.unlocked, hint, name, share, self.heir.number)
        answered = rewrapping.answer(half, opened, name, me, partner, self.heir)
        return {**same, "own": share_to_json(answered.own), "heirs": share_to_json(answered.heirs)}


def _pinned(unlocked: Unlocked, name: str) -> PinnableCustodian:
    found = [one for one in unlocked.keys.pins.custodians if name in (one.name, one.custodian_id)]
    if len(found) != 1:
        raise NotYet(f"no one custodian called {plain(name)} is pinned: run `parley custodian pin` first")
    return found[0]


def _seat(custodian: PinnableCustodian, key_no: int) -> Seat:
    return Seat(custodian.number, key_no, X25519PublicKey.from_public_bytes(custodian.seal_key))


def _partner(unlocked: Unlocked, share: Share) -> Seat:
    partner = unlocked.keys.pins.custodian(share.partner)
    if partner is None:
        raise NotYet("the other custodian of a pair is not pinned: run `parley custodian pin` first")
    return _seat(partner, 0)  # their share of a pair lies under their key already; only the hint is sealed to them


def _opened(unlocked: Unlocked, share: Share, name: KeyName) -> bytes:
    try:
        return envelopes.open_share(share, name, private_of(unlocked, share))
    except SealBroken as error:
        raise Refused(f"a share of yours does not open: {error}") from error


def _hint(unlocked: Unlocked, sealed: bytes, name: KeyName, share: Share, heir: int) -> bytes:
    return opened_by_any(
        unlocked,
        lambda key: rewrapping.open_hint(sealed, name, share.partner, share.holder, heir, key),
        "what the other custodian prepared is not for this key, or not for you",
    )
