"""Our own rules for the source tree, which no linter has. Part of `make check`; says what is wrong and where.

Exceptions stand below with their reasons; one that is not needed any more is itself an error.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "common"}

#: Who may start a task, and why it is supervised there.
STARTS_TASKS = {
    "core/tasks.py": "is the one supervised group",
    "app/process.py": "watches the database process, or waits for it, outside the group, which ends before it",
    "mtproto/messagewise.py": "a task group of one connection: both directions end together",
}

#: Who may ask the operating system for the time of day.
READS_THE_CLOCK = {"core/clock.py": "is the clock that everything else is given"}

#: Source files, or folders with a stroke at the end, that no test names, and what tests them all the same.
UNTESTED = {
    "__init__.py": "holds the version",
    "app/auth_keys.py": "the journeys come back with the keys that it keeps",
    "app/enforcement.py": "in the story a decision suspends a channel",
    "app/logs.py": "every started server writes through it",
    "app/observer.py": "in the journeys sessions hear what happens to their account",
    "app/robots.py": "the story writes to @SearchReport",
    "app/witness_post.py": "in a journey a server asks two witnesses with it",
    "legal/analysis/": "the tests of the legal desk's pages work through the checks of real orders",
    "legal/authorities/": "the tests of the registry's pages and of the portal enter and confirm authorities",
    "rpc/convert/": "every test of a method reads the objects that it makes",
    "rpc/channels/places.py": "the tests of channels read the members that it makes",
}

#: Files over the limit, and why they are one file.
LONG_FILES: dict[str, str] = {}

#: Functions over the limit, as `file:function`, and why they are one function.
LONG_FUNCTIONS: dict[str, str] = {}

#: Files with long numbers that are no telephone numbers.
NUMBER_TABLES = {"mtproto/message_ids.py": "2 to the power of 32, the unit of a message id's time"}

#: Tracked texts that name an address or path on purpose.
NAMED_PLACES: dict[str, str] = {}

_TASKS = re.compile(r"\b(?:create_task|ensure_future)\(")
_CLOCK = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today)\(")
_LATER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")
_PHONE = re.compile(r"(?<![\w.+#-])\+?[1-9]\d{9,14}(?![\w.])|\+[1-9]\d{0,2}(?:[ -]\d{2,4}){3,}")
#: Written in pieces, so that this file does not name what it forbids.
_REGISTRIES = (r"py" r"pi\.org", r"files\.python" r"hosted\.org", r"registry\.npm" r"js\.org", r"/sim" r"ple/")
_MACHINES = (r"/(?:ho" r"me|Us" r"ers)/[a-z]\w+/", r"/wo" r"rk/", r"/ro" r"ot/")
_PLACES = re.compile("|".join((*_REGISTRIES, *(rf"(?<![\w./]){path}" for path in _MACHINES))))
_BINARY = {".png", ".jpg", ".npy", ".whl", ".pdf", ".ico", ".woff2"}


@dataclass(frozen=True, slots=True)
class Module:
    """One module: its path inside the package, its text and what Python reads in it."""

    name: str
    text: str
    parsed: ast.Module

    @classmethod
    def read(cls, package: Path, path: Path) -> Module:
        """Read a file."""
        text = path.read_text("utf-8")
        return cls(path.relative_to(package).as_posix(), text, ast.parse(text))

    def code(self, pattern: re.Pattern[str]) -> Iterator[int]:
        """The numbers of the lines whose code, not whose docstring or comment, has the pattern."""
        found = [n for n, line in enumerate(self.text.splitlines(), 1) if pattern.search(line.partition("  #")[0])]
        if found:
            silent = self._docstring_lines()
            yield from (number for number in found if number not in silent)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function."""
        for node in ast.walk(self.parsed):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def _docstring_lines(self) -> set[int]:
        silent: set[int] = set()
        for node in ast.walk(self.parsed):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                silent |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return silent


@dataclass(frozen=True, slots=True)
class Tree:
    """What is checked: a repository with `src/parley`, `tests` and its tracked text files."""

    root: Path
    tracked: tuple[Path, ...]
    modules: tuple[Module, ...]
    problems: list[str] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def read(cls, root: Path) -> Tree:
        """Read a repository."""
        package = root / "src" / "parley"
        modules = tuple(Module.read(package, path) for path in sorted(package.rglob("*.py")))
        return cls(root, tracked_files(root), modules)

    def allowed(self, table: str, key: str, exceptions: Mapping[str, str]) -> bool:
        """Whether an exception stands for `key`; it then counts as needed."""
        if key in exceptions:
            self.used.add((table, key))
        return key in exceptions

    def tell(self, where: str, what: str) -> None:
        """Note a problem."""
        self.problems.append(f"{where}: {what}")


def check_docstrings(tree: Tree) -> None:
    """Every module says why it exists."""
    for module in tree.modules:
        if not ast.get_docstring(module.parsed):
            tree.tell(module.name, "has no docstring that says why it exists")


def check_tasks(tree: Tree) -> None:
    """Background work is supervised: it is started in few, known places."""
    for module in tree.modules:
        for number in module.code(_TASKS):
            if not tree.allowed("STARTS_TASKS", module.name, STARTS_TASKS):
                tree.tell(f"{module.name}:{number}", "starts a task outside parley.core.tasks")


def check_clock(tree: Tree) -> None:
    """Time comes from the injected clock."""
    for module in tree.modules:
        for number in module.code(_CLOCK):
            if not tree.allowed("READS_THE_CLOCK", module.name, READS_THE_CLOCK):
                tree.tell(f"{module.name}:{number}", "reads the system's clock instead of parley.core.clock")


def check_sizes(tree: Tree) -> None:
    """Files and functions stay readable."""
    for module in tree.modules:
        lines = module.text.count("\n")
        if lines > MAX_FILE_LINES and not tree.allowed("LONG_FILES", module.name, LONG_FILES):
            tree.tell(module.name, f"has {lines} lines, more than {MAX_FILE_LINES}")
        for function in module.functions():
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            key = f"{module.name}:{function.name}"
            if length > MAX_FUNCTION_LINES and not tree.allowed("LONG_FUNCTIONS", key, LONG_FUNCTIONS):
                tree.tell(key, f"has {length} lines, more than {MAX_FUNCTION_LINES}")


def check_names(tree: Tree) -> None:
    """A file is named after what is in it."""
    for path in tree.tracked:
        words = set(path.stem.split("_")) | set(path.parts[:-1])
        if path.suffix == ".py" and words & FORBIDDEN_NAMES:
            tree.tell(path.as_posix(), "has a name that says nothing of what is in it")


def check_numbers(tree: Tree) -> None:
    """No telephone number of anybody stands in the source."""
    for module in tree.modules:
        for number, line in enumerate(module.text.splitlines(), 1):
            if _PHONE.search(line) and not tree.allowed("NUMBER_TABLES", module.name, NUMBER_TABLES):
                tree.tell(f"{module.name}:{number}", "has what looks like a telephone number")


def check_migrations(tree: Tree) -> None:
    """Each migration has a number of its own: two that landed side by side keep every server from starting."""
    taken: dict[str, Path] = {}
    for path in sorted(p for p in tree.tracked if p.suffix == ".sql" and p.parent.name == "migrations"):
        number = path.name.partition("_")[0]
        if number in taken:
            tree.tell(path.as_posix(), f"has the number of {taken[number].name}")
        taken.setdefault(number, path)


def check_texts(tree: Tree) -> None:
    """No tracked text names a package registry or a developer's machine, or puts work off."""
    for path in tree.tracked:
        if path.suffix in _BINARY or not (tree.root / path).is_file():
            continue
        name = path.as_posix()
        for number, line in enumerate((tree.root / path).read_text("utf-8", "replace").splitlines(), 1):
            if _PLACES.search(line) and not tree.allowed("NAMED_PLACES", name, NAMED_PLACES):
                tree.tell(f"{name}:{number}", "names a registry or a path of some machine")
            if _LATER.search(line):
                tree.tell(f"{name}:{number}", "puts work off")


def check_tests(tree: Tree) -> None:
    """Each source file is reached by a test: one that names the module, its folder, or a method that it answers.

    Ports, errors and values are tested through the folder that uses them.
    """
    mentioned, calls = test_mentions(tree.root / "tests")
    for module in tree.modules:
        name = module.name
        if not has_code(module) or tested(tree, name, mentioned) or answered(module) & calls:
            continue
        key = next((key for key in UNTESTED if name == key or (key.endswith("/") and name.startswith(key))), name)
        if not tree.allowed("UNTESTED", key, UNTESTED):
            tree.tell(name, "no test names this module, its folder, or a method that it answers")


def tested(tree: Tree, name: str, mentioned: set[str]) -> bool:
    """Whether a test names the module or its folder, or stands in a folder of the same name."""
    module = "parley." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    folder = module.rpartition(".")[0]
    if module in mentioned or folder in ("parley", "parley.app"):
        return module in mentioned
    named = any(other == folder or other.startswith(folder + ".") for other in mentioned)
    return named or any((tree.root / "tests" / name).parent.glob("test_*.py"))


def answered(module: Module) -> set[str]:
    """The API methods that a module answers, in small letters."""
    return {name.lower() for name in re.findall(r'@method\(\s*"([\w.]+)"', module.text)}


def has_code(module: Module) -> bool:
    """Whether a module has anything but a docstring."""
    return any(not isinstance(node, ast.Expr) for node in module.parsed.body)


def test_mentions(tests: Path) -> tuple[set[str], set[str]]:
    """Every module of the package that some test names, and every API method, in small letters."""
    names: set[str] = set()
    calls: set[str] = set()
    for path in sorted([*tests.rglob("*.py"), *tests.rglob("*.mjs")]):
        if {"site-packages", "node_modules"} & set(path.parts):
            continue
        text = path.read_text("utf-8")
        names |= set(re.findall(r"\bparley(?:\.\w+)+", text))
        calls |= {call.lower() for call in re.findall(r"(?=\b([a-z]+\.[a-zA-Z]\w+?)(?:Request)?\b)", text)}
        for package, imported in re.findall(r"from (parley[\w.]*) import \(?([^)\n]*)", text):
            names |= {f"{package}.{word}" for word in re.findall(r"\w+", imported)}
    return names, calls


def unneeded(tree: Tree) -> None:
    """An exception that nothing needs is taken out; not in UNTESTED, so that a new test breaks nothing."""
    tables: dict[str, Mapping[str, str]] = {
        "STARTS_TASKS": STARTS_TASKS,
        "READS_THE_CLOCK": READS_THE_CLOCK,
        "LONG_FILES": LONG_FILES,
        "LONG_FUNCTIONS": LONG_FUNCTIONS,
        "NUMBER_TABLES": NUMBER_TABLES,
        "NAMED_PLACES": NAMED_PLACES,
    }
    for table, exceptions in tables.items():
        for key in exceptions:
            if (table, key) not in tree.used:
                tree.tell(f"tools/check_sources.py {table}", f"{key} needs no exception")


CHECKS: tuple[Callable[[Tree], None], ...] = (
    check_docstrings,
    check_tasks,
    check_clock,
    check_sizes,
    check_names,
    check_numbers,
    check_migrations,
    check_texts,
    check_tests,
    unneeded,
)


def tracked_files(root: Path) -> tuple[Path, ...]:
    """What git tracks, or every file outside hidden folders where there is no git (an unpacked archive)."""
    try:
        done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        skipped = {"site-packages", "node_modules", "__pycache__"}
        return tuple(p for p in found if not skipped & set(p.parts) and not p.parts[0].startswith("."))
    return tuple(Path(name) for name in done.stdout.decode().split("\0") if name)


def main() -> int:
    """Check the tree; print each problem; exit 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[1])
    root: Path = parser.parse_args().root
    tree = Tree.read(root)
    for check in CHECKS:
        check(tree)
    for problem in tree.problems:
        print(problem)
    print(f"check_sources: {len(tree.problems)} problems" if tree.problems else "check_sources: fine")
    return 1 if tree.problems else 0


if __name__ == "__main__":
    sys.exit(main())
