"""The duties' pools of one process: of those duties that it has."""

from collections.abc import Iterable

from parley.storage.database import Database
from parley.storage.roles import PROFILES, Duty
from parley.storage.target import Target


class Pools:
    """Gives each duty its own ``Database``. Nothing connects before the first statement."""

    def __init__(self, target: Target, duties: Iterable[Duty] = tuple(PROFILES)) -> None:
        self.target = target
        self._databases = {duty: Database(target, duty) for duty in duties}

    def of(self, duty: Duty) -> Database:
        """The database as ``duty`` may use it; the process must have that duty."""
        assert duty in self._databases, f"this process does not have the duty {duty}"
        return self._databases[duty]

    def any(self) -> Database:
        """The database as one of this process's duties, whichever: for what every duty may."""
        return next(iter(self._databases.values()))

    async def close(self) -> None:
        """Close every pool."""
        for database in self._databases.values():
            await database.close()
