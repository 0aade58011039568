"""`parley custodian policy`: how many cosignatures by others a release needs, and whose count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.app.custodian.errors import DONE, PolicyImpossible
from parley.app.custodian.pins import Pins
from parley.app.custodian.terminal import plain
from parley.app.custodian.tool import Tool


def set_policy(tool: Tool, minimum: int, names: Sequence[str]) -> int:
    """Demand `minimum` cosignatures by those who are named, or by anybody pinned; the desk shows it.

    Raises:
        PolicyImpossible: nobody of that name is pinned, or fewer are than it needs.
        ToolError: the key file does not open, or the server fails.
    """
    with tool.unlocked() as unlocked:
        keys = unlocked.keys
        pins = replace(keys.pins, minimum=minimum, counted=_named(keys.pins, names, keys.cosigner))
        there = pins.cosigners(keys.cosigner)
        if not 1 <= minimum <= len(there):
            raise PolicyImpossible(
                f"{len(there)} cosigners are pinned and count: a release needs 1 to {len(there)}"
            )
        unlocked.save(replace(keys, pins=pins))
        shown = [key.name for key in there]
        unlocked.client.post("/policy", {"minimum": minimum, "of": shown})
        tool.terminal.say(f"A release needs cosignatures by {minimum} of {', '.join(plain(one) for one in shown)}.")
    return DONE


def _named(pins: Pins, names: Sequence[str], own: str) -> tuple[str, ...]:
    there = {key.name: str(key) for key in replace(pins, counted=()).cosigners(own)}
    unknown = [name for name in names if name not in there]
    if unknown:
        known = ", ".join(plain(name) for name in there) or "nobody"
        raise PolicyImpossible(f"no cosigner called {plain(unknown[0])} is pinned; pinned are {known}")
    return tuple(there[name] for name in dict.fromkeys(names))
