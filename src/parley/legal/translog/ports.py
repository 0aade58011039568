"""What the log needs from above: a way to reach its witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from parley.legal.errors import LegalError


class WitnessUnreachable(LegalError):
    """A witness gave no answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answered."""

    status: int
    media_type: str
    body: bytes


class WitnessPost(Protocol):
    """Sends a body to an address."""

    async def __call__(self, url: str, body: bytes) -> Answer:
        """Post a text and give the answer, of which no more is read than a list of signatures needs.

        Raises:
            WitnessUnreachable: no answer came.
        """
        ...
