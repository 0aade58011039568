"""The schema files say what Telegram's say: each constructor's id is the checksum of its definition."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from parley.tl import layers
from parley.tl.definitions import Definition, Field, Schema, layer, parse, service

ROOT = Path(__file__).resolve().parent.parent.parent
SPELLED_OTHERWISE = {"rpc_result", "future_salts", "message", "msg_container", "msg_copy"}
"""MTProto's constructors that our file spells for the codec, with `rest`, `sized` and bare items."""


def text_of(definition: Definition) -> str:
    """The line whose CRC32 is the id: core.telegram.org/mtproto/TL-formal; marks do not count."""
    parts = [definition.name]
    if any(field.type == "!X" for field in definition.fields):
        parts.append("X:Type")
    for field in definition.fields:
        predicate = f"{field.flag[0]}.{field.flag[1]}?" if field.flag else ""
        type_ = re.sub(r"^bytes$", "string", field.type)
        if not field.is_mark:
            parts.append(f"{field.name}:{predicate}{type_}")
    return " ".join([*parts, "=", definition.result]).replace("<", " ").replace(">", "")


@pytest.mark.parametrize("schema", [*map(layer, layers.SUPPORTED), service()], ids=lambda schema: str(schema.layer))
def test_every_id_is_the_checksum_of_its_definition(schema: Schema) -> None:
    """No name, field or type was mistyped or mixed up between layers."""
    wrong = [
        name
        for section in (schema.types, schema.functions)
        for name in section
        if zlib.crc32(text_of(section[name]).encode()) != section[name].id and name not in SPELLED_OTHERWISE
    ]
    assert not wrong


def test_a_line_is_read_into_its_fields() -> None:
    found = parse("types", "a.name#0000002a flags:# from:flags.0?true list:flags2.31?Vector<long> self:X = a.Type")
    assert (found.id, found.class_name, found.result) == (42, "Name", "a.Type")
    assert found.fields[0] == Field("flags", "#")
    assert found.fields[2] == Field("list", "Vector<long>", ("flags2", 31))
    assert [field.python_name for field in found.values] == ["from_", "list", "self_"]
    assert found.values[0].is_mark


def test_each_layer_has_its_own_users() -> None:
    ids = {number: layer(number).types["user"].id for number in (221, 227, 229)}
    assert ids[221] == ids[227] == 0x31774388
    assert ids[229] == 0xB1B8CC83


def test_importing_reads_and_compiles_nothing() -> None:
    """The server starts fast, and a process that speaks one layer pays for one."""
    program = (
        "import parley.tl.types, parley.tl.functions, parley.tl.service_codec, parley.tl.layers\n"
        "from parley.tl import definitions\n"
        "assert definitions.canonical.cache_info().currsize == 0\n"
        "assert definitions.layer.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(ROOT / "src")})


def test_the_stubs_are_what_the_schemas_say() -> None:
    """The type checker sees the fields that the codec reads."""
    subprocess.run([sys.executable, str(ROOT / "tools/generate_tl_stubs.py"), "--check"], check=True)


TL = """
// a comment
boolTrue#997275b5 = Bool;
one#1 flags:# text:flags.1?string list:Vector<long> = Thing; // behind the line
---functions---
do.it#ABCDEF {X:Type} query:!X = X;
""".replace("ABCDEF", "abcdef")
JSON = """{"l": 1, "e": [
 {"kind": "class", "name": "one", "type": "Thing", "id": 1, "arguments": [
  {"name": "flags", "type": "#"},
  {"name": "text", "type": "string", "typeModifiers": {"predicate": "flags.1"}},
  {"name": "list", "type": "int53", "typeModifiers": {"isVector": true}}]},
 {"kind": "method", "name": "do.it", "type": "X", "id": 11259375,
  "arguments": [{"name": "query", "type": "!X", "comment": "what they wrote"}]}]}"""


def test_both_published_forms_import_alike(tmp_path: Path) -> None:
    """The next layer can be imported from whatever form it is published in."""
    (tmp_path / "a.tl").write_text(TL)
    (tmp_path / "b.json").write_text(JSON)
    command = [sys.executable, str(ROOT / "tools/import_tl_schema.py"), "compare"]
    said = [
        subprocess.run([*command, *files], check=True, capture_output=True, text=True, cwd=tmp_path).stdout
        for files in (("a.tl", "b.json"), ("b.json", "a.tl"))
    ]
    assert said == ["---types---\n---functions---\n"] * 2
