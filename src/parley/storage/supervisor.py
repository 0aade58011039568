"""Runs the embedded PostgreSQL as our child: starts it, ends it, and clears away what a crash has left.

Whatever was killed (us, PostgreSQL, both, with zombies and stale lock files), the next start recovers. The package
that carries the binaries has a supervisor too, which takes a zombie for a running server; hence our own.
"""

import asyncio
import contextlib
import ctypes
import errno
import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from parley.storage.embedded import Cluster, environment, socket_directory
from parley.storage.errors import ClusterError
from parley.storage.target import Target

log = logging.getLogger(__name__)

START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0
LOG_LIMIT_BYTES = 5_000_000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Supervisor:
    """Owns the PostgreSQL process of one data directory, alone: a second one for the same directory is refused."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster while it runs."""
        return self._child.pid if self._child else None

    async def start(self) -> Target:
        """Start PostgreSQL and wait until it takes connections. Call it from the main thread: the child
        is told to end when the thread that started it ends. Raises ClusterError."""
        self._cluster.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        try:
            await self._clear_leftovers()
            self._cluster.prepare()
            self._launch()
            await self._until_ready()
        except BaseException:
            await self.stop()
            raise
        if self._cluster.user.switch:
            log.warning(
                "PostgreSQL runs as the user %s, but this network process is still root", self._cluster.user.name
            )
        return Target(host=socket_directory(self._cluster.directory))

    async def stop(self) -> None:
        """Fast stop: sessions are ended, everything is written, the process is gone when this returns."""
        child, self._child = self._child, None
        if child is not None:
            for last_resort in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                child.send_signal(last_resort)
                if await _ended(child, STOP_LIMIT_S):
                    break
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def wait(self) -> int:
        """Wait until PostgreSQL ends by itself; the exit status. It never should; the caller then stops."""
        while (child := self._child) is not None:
            if (status := child.poll()) is not None:
                return status
            await asyncio.sleep(1.0)
        return 0

    def _take_lock(self) -> None:
        descriptor = os.open(self._cluster.data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as refused:
            os.close(descriptor)
            raise ClusterError(f"another server runs on {self._cluster.data_dir}") from refused
        self._lock = descriptor

    def _launch(self) -> None:
        cluster = self._cluster
        if cluster.log_path.exists() and cluster.log_path.stat().st_size > LOG_LIMIT_BYTES:
            cluster.log_path.replace(cluster.log_path.with_suffix(".log.1"))
        with os.fdopen(os.open(cluster.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
            # The signal is asked for after the change of user, which would clear it; Popen keeps that order.
            self._child = subprocess.Popen(
                cluster.command(), cwd=cluster.directory, env=environment(), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True, preexec_fn=_end_with_parent(os.getpid()),
                **cluster.identity(),
            )  # fmt: skip

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not self._ready():
            if self._child is None or self._child.poll() is not None:
                raise ClusterError(f"PostgreSQL did not start; see {self._cluster.log_path}: {self._last_words()}")
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL took longer than {START_LIMIT_S:.0f} s to start")
            await asyncio.sleep(0.01)

    def _ready(self) -> bool:
        """The last line of postmaster.pid says so, if the file is of our child."""
        try:
            lines = (self._cluster.directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        ours = self._child is not None and lines[:1] == [str(self._child.pid)]
        return ours and len(lines) >= 8 and lines[7].strip() == "ready"

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._cluster.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
            return " / ".join(lines[-3:])
        return "it left no log"

    async def _clear_leftovers(self) -> None:
        """End processes that a killed server left in the cluster, then remove its stale lock file.

        We hold the lock of the data directory, so whoever still runs there belongs to nobody.
        """
        directory = self._cluster.directory
        if not directory.exists():
            return
        for last_resort in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            deadline = time.monotonic() + STOP_LIMIT_S / 2
            left = _postgres_processes(directory)
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, last_resort)
            while left and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
                left = _postgres_processes(directory)
        for name in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (directory / name).unlink(missing_ok=True)


def _end_with_parent(parent: int) -> Callable[[], None]:
    def ask() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT))
        if os.getppid() != parent:  # the parent died before we could ask
            os._exit(1)

    return ask


async def _ended(child: subprocess.Popen[bytes], limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while child.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


def _postgres_processes(directory: Path) -> list[int]:
    """Living PostgreSQL processes whose working directory is this cluster. A zombie has none and is passed over."""
    wanted = directory.stat()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            where = (entry / "cwd").stat()
            program = (entry / "exe").readlink().name
        except OSError as refused:
            if refused.errno not in (errno.ENOENT, errno.EACCES, errno.ESRCH, errno.EPERM):
                raise
            continue
        if (where.st_dev, where.st_ino) == (wanted.st_dev, wanted.st_ino) and program.startswith("postgres"):
            found.append(int(entry.name))
    return found


def running(data_dir: Path) -> Target | None:
    """The database that another process of ours runs on this data directory, or None when none does.

    A command line that wants to work beside a live server connects to its database instead of starting one.
    """
    lock = data_dir / "postgres.lock"
    if not lock.exists():
        return None
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return Target(host=socket_directory(data_dir / "postgres"))
    finally:
        os.close(descriptor)
    return None
