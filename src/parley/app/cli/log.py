"""Verify a public log from the outside: signature, tiles, consistency with what was seen before, and a receipt."""

from __future__ import annotations

from parley.app.log_verify.command import configure, run

__all__ = ["configure", "run"]
