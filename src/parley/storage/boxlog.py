"""Natural batching: while one commit is under way the next batch collects, so many writes share one commit.

A single write waits for nobody; a thousand at once cost a few commits. Nobody is answered before the commit.
"""

import logging
from asyncio import Future, get_running_loop, sleep
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Generic, TypeVar

import asyncpg

from parley.core.ids import BoxId
from parley.core.tasks import Supervisor
from parley.storage.database import RETRY_PAUSES_S, Database, retriable
from parley.storage.errors import BatchFailed, WriterClosed

log = logging.getLogger(__name__)

In = TypeVar("In")
Out = TypeVar("Out")

BATCH_LIMIT: Final = 200
"""Items of one commit at most: measured, 50 to 200 are fastest, 1,000 are slower."""


def one_group(box: BoxId) -> Hashable:
    """The grouping of a plain PostgreSQL: any boxes may share a commit."""
    return 0


class BoxWriter(Generic[In, Out]):
    """Writes items through one SQL duty: ``SELECT duty(home box, array, array, …)``, alone and in autocommit.

    ``encode`` turns a batch, sorted by box, into the arguments after the home box; ``decode`` turns the answer into
    one result per item, in order. Refusals of single items are results, not errors. The duty must be idempotent:
    a batch whose connection broke is written again. ``key_of`` tells items apart that may not share a batch.
    """

    def __init__(
        self,
        database: Database,
        tasks: Supervisor,
        *,
        duty: str,
        encode: Callable[[Sequence[In]], Sequence[object]],
        decode: Callable[[Any, int], Sequence[Out]],
        box_of: Callable[[In], BoxId],
        key_of: Callable[[In], Hashable] | None = None,
        group_of: Callable[[BoxId], Hashable] = one_group,
        limit: int = BATCH_LIMIT,
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._duty = duty
        self._encode = encode
        self._decode = decode
        self._box_of = box_of
        self._key_of = key_of
        self._group_of = group_of
        self._limit = limit
        self._waiting: dict[Hashable, deque[tuple[In, Future[Out]]]] = {}
        self._closing = False
        self._idle: Future[None] | None = None
        self.batches = 0
        self.items = 0

    async def write(self, item: In) -> Out:
        """Store ``item``; its result once it is committed.

        Raises BatchFailed when the database refused it, WriterClosed when the server is stopping.
        """
        return await self.submit(item)

    def submit(self, item: In) -> Future[Out]:
        """Like ``write``, for a caller that does not wait: the future of the result."""
        if self._closing:
            raise WriterClosed("the server is stopping")
        result: Future[Out] = get_running_loop().create_future()
        group = self._group_of(self._box_of(item))
        queue = self._waiting.get(group)
        if queue is None:
            self._waiting[group] = deque([(item, result)])
            self._tasks.once(f"write {self._duty}", self._drain(group))
        else:
            queue.append((item, result))
        return result

    async def close(self) -> None:
        """Take no more and return when everything that was taken is committed."""
        self._closing = True
        if self._waiting:
            self._idle = get_running_loop().create_future()
            await self._idle

    async def _drain(self, group: Hashable) -> None:
        """Commit batch after batch until nobody waits."""
        queue = self._waiting[group]
        try:
            while queue:
                await self._commit(self._take(queue))
        finally:
            del self._waiting[group]
            for _, result in queue:
                result.cancel()
            if self._idle is not None and not self._waiting and not self._idle.done():
                self._idle.set_result(None)

    def _take(self, queue: deque[tuple[In, Future[Out]]]) -> list[tuple[In, Future[Out]]]:
        """The next batch, sorted by box so that two batches never wait for each other in a ring."""
        batch: list[tuple[In, Future[Out]]] = []
        keys: set[Hashable] = set()
        later: list[tuple[In, Future[Out]]] = []
        while queue and len(batch) < self._limit:
            entry = queue.popleft()
            key = self._key_of(entry[0]) if self._key_of else None
            if key is not None and key in keys:
                later.append(entry)
                continue
            keys.add(key)
            batch.append(entry)
        queue.extendleft(reversed(later))
        batch.sort(key=lambda entry: self._box_of(entry[0]))
        return batch

    async def _commit(self, batch: list[tuple[In, Future[Out]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:
            await self._refuse(batch, error)
            return
        except BaseException:
            for _, result in batch:
                result.cancel()
            raise
        for (_, result), value in zip(batch, results, strict=True):
            if not result.done():
                result.set_result(value)

    async def _refuse(self, batch: list[tuple[In, Future[Out]]], error: Exception) -> None:
        """One bad item must not fail the others: each is written alone, and the bad one gets the error."""
        if len(batch) > 1 and not retriable(error):
            for entry in batch:
                await self._commit([entry])
            return
        log.error("%s failed: %s", self._duty, type(error).__name__)
        for _, result in batch:
            if not result.done():
                failed = BatchFailed("the database did not store this")
                failed.__cause__ = error
                result.set_exception(failed)

    async def _write(self, items: list[In]) -> Sequence[Out]:
        arguments = [self._box_of(items[0]), *self._encode(items)]
        marks = ", ".join(f"${number}" for number in range(1, len(arguments) + 1))
        sql = f"SELECT {self._duty}({marks})"
        for pause in (*RETRY_PAUSES_S, None):
            try:
                answer = await self._database.fetchval(sql, *arguments)
                break
            except Exception as error:
                again = retriable(error) or isinstance(error, asyncpg.UniqueViolationError)
                if not again or pause is None:
                    raise
            await sleep(pause)
        self.batches += 1
        self.items += len(items)
        return self._decode(answer, len(items))
