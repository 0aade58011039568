"""All duties' pools of one process."""

from parley.storage.database import Database
from parley.storage.roles import PROFILES, Duty
from parley.storage.target import Target


class Pools:
    """Gives each duty its own ``Database``. Nothing connects before the first statement."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._databases = {duty: Database(target, duty) for duty in PROFILES}

    def of(self, duty: Duty) -> Database:
        """The database as ``duty`` may use it."""
        return self._databases[duty]

    async def close(self) -> None:
        """Close every pool."""
        for database in self._databases.values():
            await database.close()
