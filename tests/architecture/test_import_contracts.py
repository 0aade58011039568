"""The walls hold: every import contract is kept by the real tree, and a planted breach of each is caught.

The contracts are read from the project's own configuration; breaches are planted into a copy of the package.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "parley"
LINTER = Path(sys.executable).with_name("lint-imports")
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
}

#: The contract, and the files that break it: path in the package → what it imports.
BREACHES: list[tuple[str, Mapping[str, str]]] = [
    ("layers", {"core/breach.py": "parley.storage.database"}),
    ("layers", {"messenger/breach.py": "parley.safety.enforcement.service"}),
    ("layers", {"legal/breach.py": "parley.app.keys"}),
    ("layers", {"web/breach.py": "parley.rpc.context"}),
    ("layers", {"policy/breach.py": "parley.staff.service"}),
    ("layers", {"safety/breach.py": "parley.economy.ledger.service"}),
    ("protocol", {"mtproto/breach.py": "parley.rpc.registry"}),
    ("protocol", {"tl/breach.py": "parley.mtproto.messages"}),
    ("protocol-domain", {"mtproto/breach.py": "parley.messenger.accounts.model"}),
    ("domain", {"messenger/messages/breach.py": "parley.tl.types"}),
    ("domain", {"legal/orders/breach.py": "starlette.requests"}),
    ("disclosure", {"rpc/messages/breach.py": "parley.legal.vault.service"}),
    ("disclosure", {"web/moderation/breach.py": "parley.legal.orders.service"}),
    (
        "disclosure",
        {"legal/breach.py": "parley.legal.disclosure.service", "web/public/breach.py": "parley.legal.breach"},
    ),
    ("legal-reach", {"legal/orders/breach.py": "parley.messenger.messages.store"}),
    ("legal-reach", {"legal/breach.py": "parley.messenger.accounts.devices"}),
    (
        "legal-reach",
        {"safety/breach.py": "parley.safety.reports.store", "legal/breach.py": "parley.safety.breach"},
    ),
    ("rules", {"safety/breach/__init__.py": "", "safety/breach/rules.py": "asyncpg"}),
    (
        "rules",
        {
            "legal/breach/__init__.py": "",
            "legal/breach/words.py": "httpx",
            "legal/breach/rules.py": "parley.legal.breach.words",
        },
    ),
    ("ton", {"rpc/payments/breach.py": "pytoniq"}),
    ("ton", {"economy/ledger/breach.py": "pytoniq"}),
    ("own-machines", {"app/custodian/breach.py": "parley.storage.database"}),
]


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package's modules, with the project's configuration of the linter beside it."""
    root = tmp_path_factory.mktemp("tree")
    only_modules = shutil.ignore_patterns("__pycache__", "*.sql", "*.diff", "*.npy", "*.md", "*.html", "static")
    shutil.copytree(SOURCE, root / "parley", ignore=only_modules)
    shutil.copy(ROOT / "pyproject.toml", root / "pyproject.toml")
    return root


def lint(directory: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the linter on the package in `directory`, for one contract or for all."""
    chosen = ["--contract", contract] if contract else []
    return subprocess.run(
        [LINTER, "--config", ROOT / "pyproject.toml", "--no-cache", *chosen],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(directory), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def planted(tree: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Put modules that import something into the tree, and take them out again."""
    paths = [tree / "parley" / name for name in files]
    for path, imported in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"import {imported}\n" if imported else "", "utf-8")
    try:
        yield
    finally:
        for path in paths:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


def test_the_real_tree_keeps_every_contract() -> None:
    answer = lint(SOURCE.parent)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-1000:]
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in answer.stdout


def test_every_contract_has_a_breach_here() -> None:
    assert {contract for contract, _ in BREACHES} == set(CONTRACTS)


@pytest.mark.parametrize(("contract", "files"), BREACHES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_planted_breach_is_caught(copied_tree: Path, contract: str, files: Mapping[str, str]) -> None:
    with planted(copied_tree, files):
        answer = lint(copied_tree, contract)
    assert "Contracts: 0 kept, 1 broken." in answer.stdout, answer.stdout[-2000:] + answer.stderr[-1000:]
    assert "breach" in answer.stdout.partition("Broken contracts")[2]
    assert answer.returncode == 1


def test_a_tree_without_a_breach_passes_in_the_same_way(copied_tree: Path) -> None:
    answer = lint(copied_tree, "disclosure")
    assert "Contracts: 1 kept, 0 broken." in answer.stdout, answer.stdout[-2000:] + answer.stderr[-1000:]


def test_only_the_portal_and_the_legal_desk_are_left_out_of_the_wall_around_disclosures() -> None:
    named = set(CONTRACTS["disclosure"]["source_modules"])
    rooms = {f"parley.{name}" for name in modules(SOURCE)} - {"parley.app", "parley.legal", "parley.web"}
    assert rooms <= named
    pages = {f"parley.web.{name}" for name in modules(SOURCE / "web")}
    assert pages - named == {"parley.web.authority", "parley.web.legal_desk"}


def test_the_legal_room_reaches_only_who_holds_which_identifier() -> None:
    named = set(CONTRACTS["legal-reach"]["forbidden_modules"])
    rooms = {f"parley.messenger.{name}" for name in modules(SOURCE / "messenger")}
    assert rooms - named == {f"parley.messenger.{name}" for name in ("accounts", "errors", "sql")}
    accounts = {f"parley.messenger.accounts.{name}" for name in modules(SOURCE / "messenger" / "accounts")}
    assert accounts - named == {
        f"parley.messenger.accounts.{name}" for name in ("identity", "model", "rules", "sealing")
    }


def test_every_room_has_its_place_in_the_layers() -> None:
    layers = " | ".join(CONTRACTS["layers"]["layers"] + CONTRACTS["protocol"]["layers"]).split(" | ")
    assert {f"parley.{name}" for name in modules(SOURCE)} == set(layers)


def modules(folder: Path) -> set[str]:
    """The modules and packages directly in a package, without private ones."""
    files = {path.stem for path in folder.glob("*.py")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return {name for name in files | packages if not name.startswith("_")}
