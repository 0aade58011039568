"""The system user that runs PostgreSQL for a server that root starts, with the system's own useradd."""

import grp
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from parley.storage.binaries import create_system_user
from parley.storage.errors import ClusterError


@pytest.fixture
def name() -> Iterator[str]:
    """A name that no user and no group has; afterwards nobody has it either."""
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("only root can make system users, and only with useradd")
    taken = f"parley-t{os.getpid()}"
    yield taken
    for command in ("userdel", "groupdel"):
        subprocess.run([command, taken], capture_output=True, check=False)


def test_a_new_user_gets_a_group_of_its_name(name: str) -> None:
    entry = create_system_user(name)
    assert (entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name) == (name, name)


def test_a_user_whose_group_is_there_joins_it(name: str) -> None:
    """As on a machine that was set up for a divided server, whose parts share the group ``parley``."""
    subprocess.run(["groupadd", "--system", name], check=True)
    entry = create_system_user(name)
    assert entry.pw_gid == grp.getgrnam(name).gr_gid


def test_a_name_that_the_system_refuses_is_told_with_its_reason() -> None:
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("only root can make system users, and only with useradd")
    with pytest.raises(ClusterError, match=r"could not make the system user no:name: .*invalid"):
        create_system_user("no:name")
