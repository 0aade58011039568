"""The custodians' interface in JSON: parses what tools send, calls one action each, renders the answer.

The web room mounts it under `/custodian/api/` without knowing the rooms behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.core.clock import Clock
from parley.core.ids import CustodianId
from parley.legal.disclosure import calls, directory, rewrap_forms
from parley.legal.disclosure.calls import Call
from parley.legal.disclosure.model import Directory, PinnableCustodian
from parley.legal.disclosure.opening_steps import OpeningSteps
from parley.legal.disclosure.package import (
    decode,
    encode,
    name_from_json,
    name_to_json,
    number,
    passed_from_json,
    reading,
    share_from_json,
    share_to_json,
    text,
)
from parley.legal.disclosure.ports import LogKeys, Passkeys
from parley.legal.disclosure.service import Site
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.disclosure.watching import CosignedCheckpoints
from parley.legal.vault.errors import CustodianUnknown
from parley.legal.vault.model import Custodian, Enrolment
from parley.legal.vault.rotation import NewKeys, OldShare, Rotation
from parley.legal.vault.service import Vault
from parley.legal.vault.succession import Succession

JSON = dict[str, Any]


class CustodianDoor:
    """Every call of `parley custodian`, from JSON to JSON."""

    def __init__(
        self, vault: Vault, steps: OpeningSteps, clock: Clock, keys: Passkeys, log_keys: LogKeys, site: Site,
        delivery_key: DeliveryKey,
    ) -> None:  # fmt: skip
        self._vault = vault
        self._steps = steps
        self._rotation = Rotation(vault)
        self._succession = Succession(vault)
        self._cosigned = CosignedCheckpoints(vault.database, clock, log_keys)
        self._clock = clock
        self._keys = keys
        self._log_keys = log_keys
        self._site = site
        self._delivery_key = delivery_key
        self._seen = calls.SeenNonces()

    async def time(self) -> JSON:
        """The server's time in seconds, which tools sign into their calls."""
        return {"now": int(self._clock.now().timestamp())}

    async def authenticate(
        self, custodian_id: str, method: str, target: str, at: str, nonce: str, signature: str, body: bytes
    ) -> str:
        """Check a signed call; gives the custodian's id.

        Raises:
            CallRefused: unknown custodian, wrong signature, too old, or made before.
        """
        if not at.isdecimal() or len(at) > 12:
            raise calls.CallRefused("the call has no time")
        call = Call(custodian_id, method, target, int(at), nonce, body)
        try:
            custodian = await self._vault.custodian(custodian_id)
        except CustodianUnknown:
            raise calls.CallRefused("the call is not signed by a custodian's key") from None
        now = int(self._clock.now().timestamp())
        calls.verify(call, decode(signature), custodian.sign_key, now)
        self._seen.take(call)
        return custodian_id

    async def invitation(self, token: str) -> JSON:
        """What a new custodian's tool shows before it enrols: whose token it is, and what there is to pin."""
        name = await self._vault.invited(token)
        return {"name": name, "directory": directory.to_json(await self.listed())}

    async def enrol(self, raw: Mapping[str, Any]) -> JSON:
        """Register a custodian's public keys."""
        custodian = await self._vault.enrol(reading(lambda: _enrolment(raw)))
        return _custodian_out(custodian)

    async def directory(self, custodian_id: str) -> JSON:
        """What there is to pin, and how the server knows this custodian."""
        me = await self._vault.custodian(custodian_id)
        return {"me": _custodian_out(me), "directory": directory.to_json(await self.listed())}

    async def releases(self, custodian_id: str) -> JSON:
        """The releases that wait for custodians."""
        await self._vault.custodian(custodian_id)
        found = await self._steps.open_releases()
        return {"releases": [{"release_id": r.release_id, "handed_on": list(r.handed_on)} for r in found]}

    async def package(self, custodian_id: str, release_id: str) -> JSON:
        """The package of one release."""
        return (await self._steps.package_for(await self._vault.custodian(custodian_id), release_id)).to_json()

    async def peeled(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take what a custodian hands on."""
        passed = passed_from_json(reading(lambda: raw["passed"]))
        custodian = await self._vault.custodian(custodian_id)
        return {"state": str((await self._steps.accept_peeled(custodian, release_id, passed)).state)}

    async def manifest(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Sign the last custodian's manifest."""
        hashes = reading(lambda: {text(k): text(v) for k, v in raw["files"].items()})
        signed = await self._steps.sign_manifest(await self._vault.custodian(custodian_id), release_id, hashes)
        return {"manifest": encode(signed.manifest), "signature": encode(signed.signature)}

    async def delivery(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take the sealed delivery."""
        sealed, records = reading(lambda: (decode(raw["sealed"]), number(raw["records"])))
        custodian = await self._vault.custodian(custodian_id)
        delivery = await self._steps.accept_delivery(custodian, release_id, sealed, records)
        return {"delivery_id": delivery.delivery_id, "expires_at": delivery.expires_at.isoformat()}

    async def refusal(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Record that a tool refused."""
        reason = reading(lambda: text(raw["reason"]))
        await self._steps.report_refusal(await self._vault.custodian(custodian_id), release_id, reason)
        return {}

    async def cosignatures(self, custodian_id: str) -> JSON:
        """The checkpoints that custodians have cosigned last; the public does not see them."""
        await self._vault.custodian(custodian_id)
        return {"notes": list(await self._cosigned.notes())}

    async def cosign(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take a cosigned checkpoint."""
        note = reading(lambda: text(raw["note"]))
        await self._cosigned.accept(await self._vault.custodian(custodian_id), note)
        return {}

    async def rotation_begin(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Begin a change of keys."""
        new = reading(
            lambda: NewKeys(decode(raw["seal_key"], 32), decode(raw["sign_key"], 32), text(raw["cosigner"]))
        )
        return _custodian_out(await self._rotation.begin(CustodianId(custodian_id), new))

    async def rotation_page(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """The next shares to move."""
        after = reading(lambda: None if raw["after"] is None else name_from_json(raw["after"]))
        page = await self._rotation.page(CustodianId(custodian_id), after)
        return {
            "shares": [_old_out(old) for old in page.shares],
            "after": None if page.after is None else name_to_json(page.after),
        }

    async def rotation_rewrap(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take moved shares."""
        moved = reading(lambda: [_old_in(one) for one in raw["shares"]])
        return {"moved": await self._rotation.rewrap(CustodianId(custodian_id), moved)}

    async def rotation_finish(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """End a change of keys."""
        return _custodian_out(await self._rotation.finish(CustodianId(custodian_id)))

    async def rotation_needed(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """How many open releases hold something that was handed to this custodian, perhaps under an old key."""
        custodian = await self._vault.custodian(custodian_id)
        return {"waiting": await self._steps.waiting_for(custodian) + await self._succession.waiting_for(custodian)}

    async def rewrap_begin(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Begin to re-wrap older days for a successor."""
        heir = reading(lambda: text(raw["heir"]))
        return {"key_no": (await self._succession.begin(CustodianId(custodian_id), heir)).key_no}

    async def rewrap_page(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """The next keys that this custodian has a part to do for."""
        heir = reading(lambda: text(raw["heir"]))
        after = reading(lambda: None if raw["after"] is None else name_from_json(raw["after"]))
        page = await self._succession.page(CustodianId(custodian_id), heir, after)
        return {
            "parts": [rewrap_forms.part_out(part) for part in page.parts],
            "waiting": page.waiting,
            "after": None if page.after is None else name_to_json(page.after),
        }

    async def rewrap_give(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take the first custodian's parts."""
        heir, given = reading(lambda: (text(raw["heir"]), [rewrap_forms.given_in(one) for one in raw["parts"]]))
        return {"done": await self._succession.give(CustodianId(custodian_id), heir, given)}

    async def rewrap_answer(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take the second custodian's parts."""
        heir, made = reading(lambda: (text(raw["heir"]), [rewrap_forms.answered_in(one) for one in raw["parts"]]))
        return {"done": await self._succession.answer(CustodianId(custodian_id), heir, made)}

    async def policy(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take note of how many cosignatures a custodian's tool demands, for the desk to show."""
        minimum, names = reading(lambda: (number(raw["minimum"]), tuple(text(one) for one in raw["of"])))
        await self._vault.note_policy(await self._vault.custodian(custodian_id), minimum, names)
        return {}

    async def listed(self) -> Directory:
        """Everything that there is to pin, as the server knows it."""
        return Directory(
            origin=self._site.origin,
            rp_id=self._site.rp_id,
            log_key=await self._log_keys.log_key(),
            delivery_key=self._delivery_key.public,
            deciders=tuple(await self._keys.deciders()),
            officers=tuple(await self._keys.officers()),
            custodians=tuple(_pinnable(c) for c in await self._vault.custodians() if c.serving),
            witnesses=tuple(await self._log_keys.witnesses()),
            successions=self._delivery_key.successions,
        )


def _pinnable(c: Custodian) -> PinnableCustodian:
    return PinnableCustodian(c.custodian_id, c.number, c.name, c.seal_key, c.cosigner)


def _custodian_out(custodian: Custodian) -> JSON:
    shown = directory.custodian_to_json(_pinnable(custodian))
    return {**shown, "key_no": custodian.key_no, "first_day": custodian.first_day.isoformat()}


def _enrolment(raw: Mapping[str, Any]) -> Enrolment:
    return Enrolment(
        text(raw["token"]),
        decode(raw["seal_key"], 32),
        decode(raw["sign_key"], 32),
        text(raw["cosigner"]),
        decode(raw["proof"], 64),
    )


def _old_out(old: OldShare) -> JSON:
    return {**name_to_json(old.name), "hold_id": old.hold_id, **share_to_json(old.share)}


def _old_in(raw: Mapping[str, Any]) -> OldShare:
    hold_id = raw["hold_id"]
    return OldShare(name_from_json(raw), share_from_json(raw), None if hold_id is None else text(hold_id))
