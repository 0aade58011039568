"""A person whose client repeats a call under the same message id until it is answered, as MTProto lets clients do.

No library offers that to its users, so this client is the small one of the benchmarks, with its ids held fast.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley.app.bench.client import Client
from parley.app.bench.errors import CallFailed
from parley.app.bench.exchange import Agreed
from parley.app.keys import server_key

LOST = ("the connection was lost", "transport error")


class FixedIds(Client):
    """Sends the next call under a message id of the caller's choice."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = False
        self._fixed: int | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody will answer any more, nor a call that is still to come."""
        self.lost = True
        super().connection_lost(exc)

    async def call_as(self, msg_id: int, function: Any) -> Any:
        """Run a method under a message id."""
        self._fixed = msg_id
        return await self.call(function)

    def new_id(self) -> int:
        """A message id that no call has had."""
        return super()._next_id()

    def _next_id(self) -> int:
        if self._fixed is None:
            return super()._next_id()
        fixed, self._fixed = self._fixed, None
        return fixed


@dataclass(frozen=True)
class Call:
    """A call that has to be answered sooner or later, always under the same id."""

    msg_id: int
    function: Any


class StubbornPerson:
    """One authorization key; a connection that is made again whenever it was lost and the `gate` is open."""

    def __init__(self, address: Callable[[], tuple[str, int]], data_dir: Path, gate: asyncio.Event) -> None:
        self._address = address
        self._data_dir = data_dir
        self._gate = gate
        self._client: FixedIds | None = None
        self._agreed: Agreed | None = None
        self._connecting = asyncio.Lock()

    async def begin(self, function: Any) -> Call:
        """Choose the id under which a call is going to be made."""
        return Call((await self._connected()).new_id(), function)

    async def answer(self, call: Call) -> Any:
        """Make a call, again and again under its id, until there is an answer. Raises CallFailed for a refusal."""
        while True:
            client = await self._connected()
            try:
                return await asyncio.wait_for(client.call_as(call.msg_id, call.function), 20)
            except (CallFailed, TimeoutError) as failure:
                if isinstance(failure, CallFailed) and not str(failure).startswith(LOST):
                    raise
                self._forget(client)

    async def ask(self, function: Any) -> Any:
        """Make a call that may be made twice."""
        return await self.answer(await self.begin(function))

    async def answer_anew(self, call: Call) -> Any:
        """Make a call in a session of its own: an older id may not follow a newer one in the same session."""
        self.close()
        self._client = None
        return await self.answer(call)

    def beside(self) -> StubbornPerson:
        """The same device with a further session."""
        person = StubbornPerson(self._address, self._data_dir, self._gate)
        person._agreed = self._agreed
        return person

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            self._client.close()

    def _forget(self, client: FixedIds) -> None:
        client.close()
        if self._client is client:
            self._client = None

    async def _connected(self) -> FixedIds:
        async with self._connecting:
            while self._client is None or self._client.lost:
                await self._gate.wait()
                try:
                    self._client = await asyncio.wait_for(self._connect(), 20)
                except (OSError, CallFailed, TimeoutError):
                    await asyncio.sleep(0.05)
            return self._client

    async def _connect(self) -> FixedIds:
        client = await FixedIds.connect(self._address())
        assert isinstance(client, FixedIds)
        if self._agreed is None:
            self._agreed = await client.new_key(server_key(self._data_dir))
        else:
            client.use(self._agreed)
        return client
