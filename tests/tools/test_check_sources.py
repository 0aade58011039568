"""Our own rules for the sources hold, and a tree that breaks one of them is told where."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "check_sources.py"


def checked(root: Path) -> tuple[int, str]:
    """Run the tool on a tree; exit code and what it says, without remarks on exceptions that this tree lacks."""
    done = subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    lines = [line for line in done.stdout.splitlines() if "needs no exception" not in line]
    return done.returncode, "\n".join(lines)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree without fault."""
    put(tmp_path, "src/parley/room/rules.py", '"""Decides something."""\n\nLIMIT = 3\n')
    put(tmp_path, "tests/room/test_rules.py", '"""A person gains a limit."""\n\nfrom parley.room import rules\n')
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    """Write a file of the tree."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_this_tree_keeps_the_rules() -> None:
    done = subprocess.run([sys.executable, TOOL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_tree_without_fault_is_told_nothing(tree: Path) -> None:
    said = checked(tree)[1]
    assert "room/" not in said
    assert "test_rules" not in said


DOC = '"""Does something."""\n\n'


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("src/parley/room/silent.py", "LIMIT = 3\n", "room/silent.py: has no docstring"),
        ("src/parley/room/tasks.py", DOC + "asyncio.create_task(work())\n", "room/tasks.py:3: starts a task"),
        ("src/parley/room/tasks.py", DOC + "loop.ensure_future" + "(work())\n", "room/tasks.py:3: starts a task"),
        ("src/parley/room/now.py", DOC + "at = datetime.now(UTC)\n", "room/now.py:3: reads the system's clock"),
        ("src/parley/room/utils.py", DOC, "room/utils.py: has a name that says nothing"),
        ("src/parley/room/text_helpers.py", DOC, "text_helpers.py: has a name that says nothing"),
        ("src/parley/room/long.py", DOC + "x = 1\n" * 500, "room/long.py: has 502 lines"),
        (
            "src/parley/room/long.py",
            DOC + "def act():\n" + "    x = 1\n" * 60,
            "room/long.py:act: has 61 lines",
        ),
        ("src/parley/room/phone.py", DOC + 'OWNER = "+4930' + '1234567"\n', "room/phone.py:3: has what looks like"),
        ("docs/later.md", "TO" + "DO: write this\n", "docs/later.md:1: puts work off"),
        ("docs/place.md", "see /home/" + "somebody/notes\n", "docs/place.md:1: names a registry or a path"),
        ("deploy/index.txt", "https://pypi" + ".org/thing\n", "deploy/index.txt:1: names a registry"),
        ("src/parley/lonely/model.py", DOC + "LIMIT = 3\n", "lonely/model.py: no test names this module"),
    ],
)
def test_a_breach_is_told_with_its_place(tree: Path, name: str, text: str, complaint: str) -> None:
    put(tree, name, text)
    code, said = checked(tree)
    assert code == 1
    assert complaint in said


def test_two_migrations_with_one_number_are_found(tree: Path) -> None:
    folder = "src/parley/storage/migrations"
    put(tree, f"{folder}/0007_boxes.sql", "SELECT 1;\n")
    assert "has the number of" not in checked(tree)[1]
    put(tree, f"{folder}/0007_names.sql", "SELECT 2;\n")
    assert "0007_names.sql: has the number of 0007_boxes.sql" in checked(tree)[1]


def test_words_about_a_rule_are_no_breach(tree: Path) -> None:
    put(tree, "src/parley/room/rules.py", '"""Nothing here calls asyncio.create_task() or datetime.now()."""\n')
    assert "room/" not in checked(tree)[1]


def test_a_method_is_tested_by_the_test_that_calls_it(tree: Path) -> None:
    put(tree, "src/parley/rpc/notes/writing.py", DOC + '@method("notes.writeNote")\nasync def write(): ...\n')
    assert "rpc/notes/writing.py: no test names" in checked(tree)[1]
    put(tree, "tests/rpc/test_notes.py", "call(functions.notes.WriteNote(text=text))\n")
    assert "rpc/notes/writing.py" not in checked(tree)[1]


def test_an_exception_that_nothing_needs_is_an_error(tree: Path) -> None:
    done = subprocess.run([sys.executable, TOOL, tree], capture_output=True, text=True, check=False)
    assert "core/clock.py needs no exception" in done.stdout
