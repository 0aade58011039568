"""How a command acts on a server's data: as the user who owns it, beside the running server or without one."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from parley.app import layout
from parley.app.passwords import passwords
from parley.core.errors import ParleyError
from parley.core.settings import Settings
from parley.storage.embedded import Cluster
from parley.storage.migrator import migrate
from parley.storage.pools import Pools
from parley.storage.supervisor import Supervisor, running
from parley.storage.target import Target


class NotOurs(ParleyError):
    """The data directory belongs to somebody else, and this process is not root."""


class DatabasePartDown(ParleyError):
    """The server is divided, and its part with the database does not run; nobody else may start it."""


def as_owner(data_dir: Path, work: Callable[[], int]) -> int:
    """Run `work` as the user who owns the data directory; gives its exit code.

    When root types a command for a server that runs as another user, a child process becomes that user first:
    the database lets only that user in, and no file in the data directory may end up as root's.

    Raises:
        NotOurs: another user owns it, and only root could become that user.
    """
    owner = _owner(data_dir)
    if owner is None or owner == os.geteuid():
        return work()
    name = pwd.getpwuid(owner).pw_name
    if os.geteuid() != 0:
        raise NotOurs(f"{data_dir} belongs to {name}: run this command as {name} or as root")
    child = os.fork()
    if child == 0:
        os._exit(_in_child(pwd.getpwuid(owner), work))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _owner(data_dir: Path) -> int | None:
    try:
        return data_dir.stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError:
        raise NotOurs(f"{data_dir} cannot be entered: run this command as its owner or as root") from None


def _in_child(user: pwd.struct_passwd, work: Callable[[], int]) -> int:
    import sys
    import traceback

    try:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        code = work()
    except ParleyError as error:
        print(f"parley: {error}", file=sys.stderr)
        code = 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def on_database(settings: Settings, work: Callable[[Pools], Awaitable[int]]) -> int:
    """Run `work` with the database of the server, as the data directory's owner; gives its exit code."""

    async def connected() -> int:
        async with database(settings) as target:
            pools = Pools(target)
            try:
                return await work(pools)
            finally:
                await pools.close()

    return as_owner(settings.data_dir, lambda: asyncio.run(connected()))


@asynccontextmanager
async def database(settings: Settings, *, migrated: bool = True) -> AsyncIterator[Target]:
    """Give the database: the external one, that of the running server, or the embedded one for a moment.

    Raises:
        StorageError: it cannot be reached or started.
    """
    target = external(settings) or running(settings.data_dir)
    if target is not None:
        yield target
        return
    if layout.is_divided(settings.data_dir):
        raise DatabasePartDown("this server is divided: start its part `database` first")
    supervisor = Supervisor(Cluster(settings.data_dir))
    target = await supervisor.start()
    try:
        if migrated:
            await migrate(target)
        yield target
    finally:
        await supervisor.stop()


def external(settings: Settings) -> Target | None:
    """The external database of the settings with the duties' passwords, or None when it is the embedded one."""
    if settings.database_url is None:
        return None
    return Target.from_url(settings.database_url, passwords(settings.data_dir))
