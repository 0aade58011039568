"""Turns published TL schemas (.tl or JSON) into compact files: the canonical layer whole, others as differences.

Only facts are carried over: names, ids, fields and types. Reads local files, never the network.

    python tools/import_tl_schema.py whole 229 main_api.tl
    python tools/import_tl_schema.py difference 227 main_api.tl api-schema.json --skip mtcute
    python tools/import_tl_schema.py compare a.tl b.json
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).resolve().parent.parent / "src/parley/tl/schema"
CANONICAL = 229
LINE = re.compile(r"^([\w.]+)#([0-9a-f]+)\s+(.*?)\s*=\s*([^;]+);?$")

# The codec handles these by itself.
BUILT_IN = {"boolFalse", "boolTrue", "true", "vector", "error", "null"}
SECTIONS = ("types", "functions")

Definitions = dict[str, dict[str, str]]
"""section -> name -> one compact line"""


def compact(name: str, constructor_id: int, fields: list[str], result: str) -> str:
    return " ".join([f"{name}#{constructor_id:08x}", *fields, "=", result])


def read_tl(text: str) -> Definitions:
    """Reads the language of core.telegram.org/mtproto/TL; comments and what the codec has built in are skipped."""
    found: Definitions = {section: {} for section in SECTIONS}
    section = "types"
    for raw in text.splitlines():
        line = raw.split("//", 1)[0].strip()
        if line in ("---types---", "---functions---"):
            section = line.strip("-")
            continue
        match = LINE.match(line)
        if match is None:
            if line:
                raise SystemExit(f"cannot read: {line}")
            continue
        name, number, fields, result = match.groups()
        if name not in BUILT_IN:
            parts = [field for field in fields.split() if not field.startswith("{")]
            found[section][name] = compact(name, int(number, 16), parts, result.replace(" ", ""))
    return found


def json_type(entry: dict[str, Any]) -> str:
    """The TL spelling of a type in the JSON form, where 53-bit numbers are a note for JavaScript."""
    spelled = {"int53": "long"}.get(entry["type"], entry["type"])
    modifiers = entry.get("typeModifiers", {})
    if modifiers.get("isVector"):
        spelled = f"Vector<{spelled}>"
    elif modifiers.get("isBareVector"):
        spelled = f"vector<{spelled}>"
    if predicate := modifiers.get("predicate"):
        spelled = f"{predicate}?{spelled}"
    return str(spelled)


def read_json(text: str) -> Definitions:
    """Reads the JSON form: a list of entries with kind, name, id, type and arguments."""
    found: Definitions = {section: {} for section in SECTIONS}
    for entry in json.loads(text)["e"]:
        if entry["name"] in BUILT_IN:
            continue
        section = "types" if entry["kind"] == "class" else "functions"
        fields = [f"{argument['name']}:{json_type(argument)}" for argument in entry["arguments"]]
        line = compact(entry["name"], entry["id"], fields, json_type(entry))
        found[section][entry["name"]] = line
    return found


def read(path: Path) -> Definitions:
    text = path.read_text(encoding="utf-8")
    return read_json(text) if path.suffix == ".json" else read_tl(text)


def write_whole(layer: int, definitions: Definitions) -> Path:
    path = SCHEMA / f"api_{layer}.tl"
    lines: list[str] = []
    for section in SECTIONS:
        lines += [f"---{section}---", *definitions[section].values()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def difference(old: Definitions, canonical: Definitions) -> list[str]:
    """`-name` for what the old layer lacks, a whole line for what it spells otherwise or alone has."""
    lines: list[str] = []
    for section in SECTIONS:
        lines.append(f"---{section}---")
        lines += [f"-{name}" for name in canonical[section] if name not in old[section]]
        lines += [line for name, line in old[section].items() if canonical[section].get(name) != line]
    return lines


def write_difference(layer: int, definitions: Definitions) -> Path:
    path = SCHEMA / f"api_{layer}.diff"
    canonical = read(SCHEMA / f"api_{CANONICAL}.tl")
    path.write_text("\n".join(difference(definitions, canonical)) + "\n", encoding="utf-8")
    return path


def merged(paths: list[Path], skip: str | None) -> Definitions:
    """The first file's definitions, and from each further file only the names still missing."""
    found: Definitions = {section: {} for section in SECTIONS}
    for path in paths:
        for section, lines in read(path).items():
            for name, line in lines.items():
                if skip is None or not re.search(skip, name):
                    found[section].setdefault(name, line)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("whole", "difference"):
        one = commands.add_parser(command)
        one.add_argument("layer", type=int)
        one.add_argument("file", type=Path, nargs="+")
        one.add_argument("--skip", help="regular expression of names that are not Telegram's")
    two = commands.add_parser("compare")
    two.add_argument("file", type=Path)
    two.add_argument("other", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "compare":
        sys.stdout.write("\n".join(difference(read(arguments.file), read(arguments.other))) + "\n")
        return
    write = write_whole if arguments.command == "whole" else write_difference
    print(write(arguments.layer, merged(arguments.file, arguments.skip)))


if __name__ == "__main__":
    main()
