"""What a store's function may run its statements on: a connection inside a transaction, or the duty's database."""

from __future__ import annotations

from typing import TypeAlias

import asyncpg

from parley.storage.database import Database

Executor: TypeAlias = asyncpg.Connection | Database
