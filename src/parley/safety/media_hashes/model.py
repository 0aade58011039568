"""Entries of hash banks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HashMatch:
    """A file that a bank knows. A match in `child_safety` blocks the upload and opens a child-safety case."""

    sha256: bytes
    bank: str
    source: str
