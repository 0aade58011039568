"""The messenger can be spread over machines: every statement on its tables names the key that places a row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import parley
from parley.storage.pools import Pools

SOURCE = Path(parley.__file__).parent
TABLE = re.compile(r"\bmessenger\.([a-z_]+)\b(?!\s*\()")
STATEMENT = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")

BACKGROUND_SCANS = {
    "accounts/code_store.py:purge": "forgets codes past their time",
    "messages/removal_store.py:forget_before": "drops what an appeal can no longer bring back",
    "accounts/retention_store.py:forget_links": "forgets links past their time",
    "accounts/rekeying_store.py:auth_key_page": "moves sessions to a new accounts key",
    "search/store.py:forget_progress": "begins to build the search index anew",
    "messages/relay_store.py:overdue": "finds what a dead process has left to repeat in other boxes",
    "calls.py:forget_old": "drops what no client repeats any more",
    "updates/store.py:boxes_with_old_events": "finds boxes with events past their time",
}


SCANNED_INDEXES = {"messenger.suspended_channels_until"}
"""Indexes of background scans: they begin with the time by which the scan looks."""


def statements(path: Path) -> Iterator[tuple[str, str]]:
    """The name of each function of a module and each SQL text in it, joined from its literal parts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = {
                id(part) for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in node.values
            }
            for node in ast.walk(function):
                if id(node) not in inner and (text := _text(node)) and STATEMENT.match(text):
                    yield function.name, text
    for node in tree.body:
        if isinstance(node, ast.Assign) and (text := _text(node.value)) and STATEMENT.match(text):
            yield ast.unparse(node.targets[0]), text


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or _names(part) for part in node.values)
    return None


def _names(part: ast.AST) -> str:
    return f" {{{ast.unparse(part)}}} "


async def test_every_statement_names_the_key_of_its_tables(pools: Pools) -> None:
    """Tables are keyed by the first column of their primary key; background scans are listed with their reason."""
    rows = await pools.of("owner").fetch(
        "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
        " WHERE n.nspname = 'messenger' AND i.indisprimary"
    )
    keys = {row["relname"]: row["attname"] for row in rows}
    assert keys["messages"] == "box_id"
    missing = []
    for path in sorted((SOURCE / "messenger").rglob("*.py")):
        module = path.relative_to(SOURCE / "messenger")
        for function, text in statements(path):
            if f"{module}:{function}" in BACKGROUND_SCANS:
                continue
            for table in TABLE.findall(text):
                if table in keys and not re.search(rf"\b{keys[table]}\b|{{where}}", text):
                    missing.append(f"{module}:{function}: {table} without {keys[table]}")
    assert not missing, "\n".join(missing)


async def test_every_index_begins_with_the_key(pools: Pools) -> None:
    """A unique index that does not could not be kept across machines."""
    rows = await pools.of("owner").fetch(
        "SELECT i.indexrelid::regclass::text AS index, a.attname AS first, k.attname AS key FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_index p ON p.indrelid = c.oid AND p.indisprimary"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
        " JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = p.indkey[0]"
        " WHERE n.nspname = 'messenger' AND c.relkind = 'r'"
    )
    strange = {row["index"] for row in rows if row["first"] != row["key"]}
    assert strange == SCANNED_INDEXES
    unkeyed = await pools.of("owner").fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'messenger' AND c.relkind = 'r'"
        " AND NOT EXISTS (SELECT FROM pg_index p WHERE p.indrelid = c.oid AND p.indisprimary)"
    )
    assert [row["relname"] for row in unkeyed] == []


def test_the_listed_scans_exist() -> None:
    """A listed exception that is gone would hide a new one of its name."""
    found = {
        f"{path.relative_to(SOURCE / 'messenger')}:{function}"
        for path in (SOURCE / "messenger").rglob("*.py")
        for function, _ in statements(path)
    }
    assert set(BACKGROUND_SCANS) <= found
