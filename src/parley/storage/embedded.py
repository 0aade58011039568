"""The embedded PostgreSQL cluster on disk: made once, configured at every start, reached by a socket inside it.

The cluster lives in ``<data-dir>/postgres``, mode 0700, owned by the user that runs it. That user may be unable to
walk to it (a data directory below ``/root``), and we never widen permissions of other directories. Instead
PostgreSQL is started *in* that directory and told that its data is ``/proc/self/cwd``, which needs no walk.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypedDict

from parley.storage.binaries import RunAs, installation, run_as, server_user
from parley.storage.errors import ClusterError
from parley.storage.roles import (
    DUTIES,
    FIRST_ROLES,
    SUPERUSER,
    Duty,
    cluster_statements,
    database_statements,
    role_name,
)
from parley.storage.target import DATABASE_NAME

HERE: Final = "/proc/self/cwd"
ROLES_FILE: Final = "parley_roles.txt"
"""Beside the cluster's own files: which roles were made in it."""
SOCKET_PATH_LIMIT: Final = 107
"""Bytes in the path of a Unix socket on Linux (unix(7)), the closing zero not counted."""

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "''",
    "unix_socket_directories": f"'{HERE}'",
    "unix_socket_permissions": "0700",
    "max_connections": "48",
    "superuser_reserved_connections": "2",
    "shared_buffers": "32MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "effective_cache_size": "512MB",
    "huge_pages": "off",
    "jit": "off",
    "io_method": "sync",
    "max_worker_processes": "1",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "autovacuum_worker_slots": "2",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "4MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "fsync": "on",
    "synchronous_commit": "on",
    "default_toast_compression": "pglz",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    # Values never reach the log: no statements, no parameters, no DETAIL lines with keys in them.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_checkpoints": "off",
}


Logins = Mapping[str, Sequence[Duty]]
"""Which duties each system user has."""


class Identity(TypedDict, total=False):
    """The arguments of ``subprocess.Popen`` that say who runs the child."""

    user: int
    group: int
    extra_groups: list[int]


class Cluster:
    """One cluster directory. ``superuser`` lets our system user be the superuser too: for tests and restores.

    ``logins`` says which other system users may log in as which duties, over a second socket in ``shared``, a
    directory that they can enter; without it our own system user has every duty and nobody else any.
    """

    def __init__(
        self, data_dir: Path, settings: Mapping[str, str] | None = None, *, superuser: bool = False,
        shared: Path | None = None, logins: Logins | None = None,
    ) -> None:  # fmt: skip
        self.data_dir = data_dir
        self.directory = data_dir / "postgres"
        self.log_path = data_dir / "postgres.log"
        self._settings = {**SETTINGS, **(settings or {})}
        if shared is not None:
            both = f"'{HERE}, {shared.resolve()}'"
            self._settings |= {"unix_socket_directories": both, "unix_socket_permissions": "0777"}
        self._logins = logins
        self._superuser = superuser
        self._user: RunAs | None = None
        self._programs: Path | None = None

    @property
    def user(self) -> RunAs:
        """The system user that runs PostgreSQL."""
        if self._user is None:
            self._user = run_as()
        return self._user

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's programs (``postgres``, ``pg_dump``, …)."""
        if self._programs is None:
            self._programs = installation(self.user) / "bin"
        return self._programs

    def prepare(self) -> None:
        """Make the cluster if there is none yet, and write its configuration. Raises ClusterError."""
        if not (self.directory / "PG_VERSION").exists():
            self._create()
        self._configure(self.directory)
        self._add_roles()

    def command(self) -> list[str]:
        """The command line of the server; it must be run inside ``directory``."""
        return [str(self.programs / "postgres"), "-D", HERE]

    def run(self, command: list[str], directory: Path, stdin: str = "") -> None:
        """Run one of PostgreSQL's programs to its end as its user. Raises ClusterError with what it said."""
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, check=False, cwd=directory,
            env=environment(), **self.identity(),
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            raise ClusterError(f"{Path(command[0]).name} failed: {' / '.join(said[-3:])}")

    def identity(self) -> Identity:
        """Arguments for subprocess that make the child run as PostgreSQL's user."""
        if not self.user.switch:
            return {}
        return {"user": self.user.uid, "group": self.user.gid, "extra_groups": []}

    def _create(self) -> None:
        """initdb and the roles, in a draft folder that takes its name only when all is done."""
        draft = self.data_dir / "postgres.new"
        if draft.exists():
            shutil.rmtree(draft)
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        if self.user.switch:
            os.chown(draft, self.user.uid, self.user.gid)
        self.run(
            [
                str(self.programs / "initdb"), "-D", HERE, "--username", SUPERUSER, "--encoding", "UTF8",
                "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C",
                "--auth-local", "peer", "--auth-host", "reject", "--sync-method",
                "syncfs",
                "--data-checksums", "--no-instructions",
            ],
            draft,
        )  # fmt: skip
        self._configure(draft)
        self._single_user(draft, "postgres", [*cluster_statements(), f"CREATE DATABASE {DATABASE_NAME};"])
        self._single_user(draft, DATABASE_NAME, database_statements(DATABASE_NAME))
        self._write(draft / ROLES_FILE, _roles())
        draft.rename(self.directory)

    def _add_roles(self) -> None:
        """Make the roles that came after the version that made this cluster; it must not be running."""
        noted = self.directory / ROLES_FILE
        known = frozenset(noted.read_text(encoding="utf-8").split()) if noted.exists() else FIRST_ROLES
        if known >= set(_roles()):
            return
        statements = [*cluster_statements(known), *database_statements(DATABASE_NAME)]
        self._single_user(self.directory, DATABASE_NAME, statements)
        self._write(noted, _roles())

    def _single_user(self, directory: Path, database: str, statements: list[str]) -> None:
        """Run statements without a server, so that no login as superuser has to exist even for a moment."""
        command = [str(self.programs / "postgres"), "--single", "-D", HERE, "-c", "exit_on_error=on", database]
        self.run(command, directory, "\n".join(statements) + "\n")

    def _configure(self, directory: Path) -> None:
        lines = [f"{name} = {value}" for name, value in self._settings.items()]
        self._write(directory / "postgresql.conf", ["# Written at every start; changes are lost.", *lines])
        self._write(directory / "pg_hba.conf", ["local all all peer map=parley"])
        logins = self._logins or {server_user(): DUTIES}
        lines = [f'parley "{user}" {role_name(duty)}' for user, duties in logins.items() for duty in duties]
        if self._superuser:
            lines.append(f'parley "{server_user()}" {SUPERUSER}')
        self._write(directory / "pg_ident.conf", lines)

    def _write(self, path: Path, lines: list[str]) -> None:
        draft = path.with_suffix(".draft")
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.chmod(0o600)
        if self.user.switch:
            os.chown(draft, self.user.uid, self.user.gid)
        draft.replace(path)


def _roles() -> list[str]:
    return [role_name(duty) for duty in DUTIES]


def environment() -> dict[str, str]:
    """A plain environment for PostgreSQL's programs: nothing of ours leaks in, no locale surprises."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def socket_directory(directory: Path) -> str:
    """A name of ``directory`` that is short enough for a socket path; a long one goes by an open descriptor."""
    plain = str(directory.resolve())
    if len(os.fsencode(f"{plain}/.s.PGSQL.65535")) <= SOCKET_PATH_LIMIT:
        return plain
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)  # kept open for the life of the process
    return f"/proc/self/fd/{descriptor}"
