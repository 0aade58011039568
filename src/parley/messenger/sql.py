"""What a store's function may run its statements on: a connection inside a transaction, or the duty's database."""

from __future__ import annotations

from parley.storage.database import Executor

__all__ = ["Executor"]
