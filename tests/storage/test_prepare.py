"""An operator uses a PostgreSQL of their own: one command makes roles and database there."""

import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from parley.storage.embedded import Cluster
from parley.storage.migrator import migrate
from parley.storage.pools import Pools
from parley.storage.prepare import PASSWORD_FILE, prepare, read_passwords, scram_verifier
from parley.storage.roles import SUPERUSER
from parley.storage.supervisor import Supervisor
from parley.storage.target import Target


class PasswordCluster(Cluster):
    """A server as others run it: over TCP, with passwords."""

    def _configure(self, directory: Path) -> None:
        super()._configure(directory)
        rules = ["local all all peer map=parley", "host all all 127.0.0.1/32 scram-sha-256"]
        self._write(directory / "pg_hba.conf", rules)


@pytest.fixture
async def external(tmp_path: Path) -> AsyncIterator[tuple[str, int]]:
    """The admin's URL and the TCP port of a foreign server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"listen_addresses": "'127.0.0.1'", "port": str(port), "fsync": "off"}
    cluster = PasswordCluster(tmp_path / "foreign", settings, superuser=True)
    supervisor = Supervisor(cluster)
    local = await supervisor.start()
    admin = await asyncpg.connect(host=local.host, port=port, user=SUPERUSER, database="postgres")
    await admin.execute("CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'secret'")
    await admin.close()
    yield f"postgresql://chief:secret@127.0.0.1:{port}/postgres", port
    await supervisor.stop()


async def test_one_command_prepares_an_external_server(external: tuple[str, int], tmp_path: Path) -> None:
    """Afterwards every duty logs in with its own password, migrations run, and a repeat is harmless."""
    admin_url, port = external
    target = Target.from_url(f"postgresql://ignored@127.0.0.1:{port}/chat")
    for _ in range(2):
        await prepare(admin_url, target, tmp_path)
    known = Target.from_url(f"postgresql://127.0.0.1:{port}/chat", read_passwords(tmp_path))
    assert await migrate(known)
    pools = Pools(known)
    roles = [await pools.of(duty).fetchval("SELECT current_user::text") for duty in ("messenger", "legal", "seal")]
    assert roles == ["parley_messenger", "parley_legal", "parley_seal"]
    await pools.close()
    assert stat.S_IMODE((tmp_path / PASSWORD_FILE).stat().st_mode) == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host="127.0.0.1", port=port, user="parley_legal", password="guess", database="chat")


def test_a_password_never_travels_in_the_clear() -> None:
    """What is sent to the server does not hold it, and is the same for the same salt."""
    salt = bytes.fromhex("5b6d99689d123599b9f34a8f1b8e1c1d")
    verifier = scram_verifier("pencil", salt)
    assert verifier.startswith("SCRAM-SHA-256$4096:")
    assert "pencil" not in verifier
    assert verifier == scram_verifier("pencil", salt)
