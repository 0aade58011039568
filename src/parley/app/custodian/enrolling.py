"""`parley custodian enrol` and `pin`: make keys, compare fingerprints, register the public halves."""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.app.custodian import keyfile
from parley.app.custodian.client import Client
from parley.app.custodian.errors import DONE, Declined, KeyFileInvalid, ServerRefused
from parley.app.custodian.keyfile import Keys, SealKey
from parley.app.custodian.pins import Change, Pins, changes
from parley.app.custodian.terminal import Terminal, plain
from parley.app.custodian.tool import Tool, Unlocked
from parley.legal.disclosure import directory
from parley.legal.disclosure.model import Directory, PinnableCustodian
from parley.legal.disclosure.package import encode, number, reading, text
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.vault.enrolments import enrolment_message


def enrol(tool: Tool, server: str, token: str) -> int:
    """Enrol with a one-time token: pin, make keys, register. The key file is written before the server hears of it.

    Raises:
        ToolError: the token, the server or the person says no.
    """
    if tool.key_file.exists():
        raise KeyFileInvalid(f"there is a key file at {tool.key_file} already")
    with Client(server) as client:
        raw = client.open("/invitation", {"token": token})
        name, listed = reading(lambda: (text(raw["name"]), directory.from_json(raw["directory"])))
        pins = _first_pins(tool.terminal, listed)
        passphrase = _new_passphrase(tool.terminal)
        keys = _new_keys(server.rstrip("/"), name, pins)
        tool.state_file.create()
        tool.save(keys, passphrase)
        try:
            answer = client.open("/enrol", _registration(token, keys))
        except ServerRefused:
            tool.key_file.unlink()  # these keys are nobody's; after a lost answer they may be somebody's
            raise
    custodian_id, seat = reading(lambda: (text(answer["custodian_id"]), number(answer["number"])))
    keys = replace(keys, custodian_id=custodian_id, number=seat)
    keys = replace(keys, pins=review(tool.terminal, keys, listed))
    tool.save(keys, passphrase)
    tool.terminal.say(f"Enrolled as {plain(name)}. You can open days from {plain(answer.get('first_day'))} on.")
    tool.terminal.say(f"Your fingerprint, for the other custodians: {own_fingerprint(keys)}")
    return DONE


def pin(tool: Tool) -> int:
    """Compare what the server lists with what is pinned, and take over what the person confirms.

    Raises:
        ToolError: the key file does not open, or the server fails.
    """
    with tool.unlocked() as unlocked:
        pins = review(tool.terminal, unlocked.keys, listed_by(unlocked))
        if pins == unlocked.keys.pins:
            tool.terminal.say("Nothing was changed.")
        else:
            unlocked.save(replace(unlocked.keys, pins=pins))
            tool.terminal.say("The pins are saved.")
            if len(pins.cosigners(unlocked.keys.cosigner)) < pins.minimum:
                tool.terminal.say("Fewer cosigners are pinned than a release needs: `parley custodian policy`.")
    return DONE


def show(tool: Tool) -> int:
    """Show whose key file it is and its fingerprint, so that others can compare it.

    Raises:
        ToolError: the key file does not open.
    """
    with tool.unlocked() as unlocked:
        keys = unlocked.keys
        tool.terminal.say(f"{plain(keys.name)}, custodian {keys.custodian_id} of {keys.server}")
        tool.terminal.say(f"  fingerprint {own_fingerprint(keys)}")
        tool.terminal.say(f"  cosigns as  {keys.cosigner}")
        names = ", ".join(plain(key.name) for key in keys.pins.cosigners(keys.cosigner)) or "nobody yet"
        tool.terminal.say(f"  needs       cosignatures by {keys.pins.minimum} of {names}")
    return DONE


def listed_by(unlocked: Unlocked) -> Directory:
    """The directory as the server lists it now."""
    raw = unlocked.client.get("/directory")
    return reading(lambda: directory.from_json(raw["directory"]))


def own_fingerprint(keys: Keys) -> str:
    """The fingerprint under which the others see this custodian."""
    public = keys.newest.private.public_key().public_bytes_raw()
    me = PinnableCustodian(keys.custodian_id, keys.number, keys.name, public, keys.cosigner)  # type: ignore[arg-type]
    return directory.fingerprint_of_custodian(me)


def review(terminal: Terminal, keys: Keys, listed: Directory) -> Pins:
    """Ask about every difference and give the pins that the person confirmed."""
    pins = keys.pins
    for change in changes(keys.pins, listed, keys.custodian_id, keys.cosigner):
        if _confirmed(terminal, change):
            pins = change.apply(pins)
    return pins


def _confirmed(terminal: Terminal, change: Change) -> bool:
    note = f"REMOVE: {change.note}" if change.removes else change.note
    terminal.say(f"{change.kind} {plain(change.label)} ({note})")
    terminal.say(f"  {change.fingerprint}")
    if change.removes:
        return terminal.confirm("  Take it out? Ask the operator first whether that is right.")
    return terminal.confirm("  Did the person it belongs to read you the same?")


def _first_pins(terminal: Terminal, listed: Directory) -> Pins:
    terminal.say(f"Server {plain(listed.origin)}, passkeys of {plain(listed.rp_id)}")
    terminal.say(f"  log key      {directory.fingerprint_of_key('log', listed.log_key)}")
    terminal.say(f"  delivery key {directory.fingerprint_of_key('delivery', listed.delivery_key)}")
    if not terminal.confirm("  Did the operator read you the same, on another way than this connection?"):
        raise Declined("nothing was enrolled")
    return Pins(listed.origin, listed.rp_id, listed.log_key, listed.delivery_key)


def _new_passphrase(terminal: Terminal) -> str:
    passphrase = keyfile.check_passphrase(terminal.secret("New passphrase"))
    if terminal.secret("Once more") != passphrase:
        raise Declined("the two passphrases differ")
    return passphrase


def _new_keys(server: str, name: str, pins: Pins) -> Keys:
    seal, sign = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    label = "".join(char if char.isalnum() or char in "-_." else "-" for char in name)
    origin = pins.log_key.split("+", 1)[0]
    cosign = SignerKey.generate(f"{origin}/custodian/{label}", COSIGNATURE_V1)
    return Keys(server, "", 0, name, (SealKey(1, seal),), sign, cosign, pins)


def _registration(token: str, keys: Keys) -> dict[str, str]:
    seal = keys.newest.private.public_key().public_bytes_raw()
    sign = keys.sign.public_key().public_bytes_raw()
    proof = keys.sign.sign(enrolment_message(token, seal, sign, keys.cosigner))
    public = {"seal_key": encode(seal), "sign_key": encode(sign), "cosigner": keys.cosigner}
    return {"token": token, **public, "proof": encode(proof)}
