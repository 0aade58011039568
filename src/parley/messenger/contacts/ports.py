"""What contacts need from beside and above them; `app` fills these."""

from __future__ import annotations

from typing import Protocol


class Events(Protocol):
    """Where committed facts are told."""

    async def publish(self, event: object) -> None:
        """Tell one event of this feature's `events.py`."""
        ...
