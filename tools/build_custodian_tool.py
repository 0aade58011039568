#!/usr/bin/env python3
"""Builds the custodians' tool as one file that everybody builds alike, byte for byte, and prints its SHA-256.

A custodian need not trust the operator's build: whoever has the same checkout gets the same file, whatever the
folder, the clock, the umask or the version of Python. So entries are sorted, stored uncompressed (compressors
differ between versions), and carry one fixed time and mode. In it are the modules that the tool imports and no
others, and the list of packages that it needs, with their hashes.

Needs nothing but Python: `python3 tools/build_custodian_tool.py [--output FILE]`.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
ENTRY = "parley.app.custodian.standalone"
REQUIREMENTS = ROOT / "tools" / "custodian_tool" / "requirements.lock"
OUTPUT = ROOT / "dist" / "parley-custodian.pyz"
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = f"""import sys

try:
    from {ENTRY} import main
except ModuleNotFoundError as missing:
    sys.exit(f"{{missing.name}} is not installed: see requirements.txt in this file, and docs/custodians.md")
sys.exit(main())
"""
_MODE, _OUTPUT_MODE = 0o100644, 0o755
_UNIX = 3
#: The earliest time that a ZIP can say; SOURCE_DATE_EPOCH (reproducible-builds.org) takes its place.
_EARLIEST = 315_532_800


def file_of(module: str) -> Path | None:
    """Find the source of a module of ours; None for other people's."""
    base = SOURCE.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def modules() -> dict[str, Path]:
    """Name every module of ours that the tool imports, directly or indirectly, with its packages."""
    found: dict[str, Path] = {}
    waiting = [ENTRY]
    while waiting:
        name = waiting.pop()
        path = file_of(name)
        if path is None or name in found:
            continue
        found[name] = path
        parent = name.rpartition(".")[0]
        waiting += [parent] if parent else []
        waiting += list(imports(path))
    return dict(sorted(found.items()))


def imports(path: Path) -> Iterator[str]:
    """Name what a module imports when it runs; what it imports for its types alone is left out."""
    for node in _running(ast.parse(path.read_text("utf-8")).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING"):
            continue
        yield from ast.walk(statement)


def other_packages() -> set[str]:
    """Name the packages of others that the tool imports."""
    roots = {name.partition(".")[0] for path in modules().values() for name in imports(path)}
    return roots - set(sys.stdlib_module_names) - {"parley"}


def build() -> bytes:
    """Make the file's bytes."""
    entries = {path.relative_to(SOURCE).as_posix(): path.read_bytes() for path in modules().values()}
    entries |= {"__main__.py": _MAIN.encode(), "requirements.txt": REQUIREMENTS.read_bytes()}
    made = io.BytesIO(_SHEBANG)
    made.seek(0, io.SEEK_END)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            archive.writestr(_entry(name), entries[name])
    return made.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    moment = max(int(os.environ.get("SOURCE_DATE_EPOCH") or _EARLIEST), _EARLIEST)
    entry = zipfile.ZipInfo(name, time.gmtime(moment)[:6])
    entry.create_system = _UNIX
    entry.external_attr = _MODE << 16
    return entry


def main() -> int:
    """Write the file and print its SHA-256, in the form that `sha256sum --check` reads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where to write it (default dist/)")
    arguments = parser.parse_args()
    made = build()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_bytes(made)
    arguments.output.chmod(_OUTPUT_MODE)
    print(f"{hashlib.sha256(made).hexdigest()}  {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
