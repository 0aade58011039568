"""What is over is cleared away by one process at a time, however many run."""

from __future__ import annotations

import pytest

from parley.app.sweeping import Sweeping


class Lease:
    """A lease that somebody holds or not."""

    def __init__(self, held: bool) -> None:
        self.held = held

    async def hold(self) -> bool:
        return self.held


@pytest.mark.parametrize("held", [True, False])
async def test_only_the_holder_of_the_lease_sweeps(held: bool) -> None:
    done: list[str] = []

    async def wipe() -> None:
        done.append("wiped")

    async def shred() -> None:
        done.append("shredded")

    await Sweeping(Lease(held), (wipe, shred)).look()  # type: ignore[arg-type]
    assert done == (["wiped", "shredded"] if held else [])
