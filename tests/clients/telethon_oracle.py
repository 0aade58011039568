"""Asks a Telethon, whichever stands first on the path, to build TL objects and to read and write them again.

Runs as a process of its own, because two Telethons cannot be imported side by side.

    telethon_oracle.py SEED

First prints a JSON line per constructor and method: kind, name, bytes in hex, plain fields (two lines where
Telethon leaves open which type a field has), then an empty line; then answers each line of hex on standard
input with what it reads, written again.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import random
import re
import sys
import types as python_types
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

spec = importlib.util.find_spec("telethon")
assert spec is not None
assert spec.origin is not None
package = python_types.ModuleType("telethon")  # only its codec is wanted, not the client that the package starts
package.__path__ = [str(Path(spec.origin).parent)]
sys.modules["telethon"] = package

from telethon.extensions.binaryreader import BinaryReader  # noqa: E402
from telethon.tl import TLObject, TLRequest, alltlobjects, functions, types  # noqa: E402

OPTIONAL = "typing.Optional["
DEEP = 3


def annotations(class_: type[TLObject]) -> dict[str, str]:
    """The constructor's arguments and how Telethon spells their types."""
    found = {}
    for name, parameter in inspect.signature(class_.__init__).parameters.items():
        if name != "self" and parameter.annotation is not inspect.Parameter.empty:
            found[name] = re.sub(r"ForwardRef\('(\w+)'\)|'", r"\1", str(parameter.annotation))
    return found


class Builder:
    """Builds objects with random values from the annotations of Telethon's constructors."""

    def __init__(self, seed: int, own_first: bool) -> None:
        self.seed = seed
        self.own_first = own_first
        self.by_type: dict[int, list[type[TLObject]]] = {}
        for class_ in alltlobjects.tlobjects.values():
            if not issubclass(class_, TLRequest):
                self.by_type.setdefault(class_.SUBCLASS_OF_ID, []).append(class_)
        self.spaces = [name for name, value in vars(types).items() if inspect.ismodule(value)]
        self.parameters = {class_: annotations(class_) for class_ in alltlobjects.tlobjects.values()}
        self.depth = self._depths()

    def classes(self, name: str, user: type[TLObject]) -> list[type[TLObject]]:
        """The constructors of `TypeName` as a class means it.

        Telethon drops the namespace of a type, so the common one or that of the user's namespace may be meant:
        `own_first` says which to try first.
        """
        own = user.__module__.rpartition(".")[2]
        spaces = [own, "", *self.spaces] if self.own_first else ["", own, *self.spaces]
        for space in spaces:
            full = f"{space}.{name[4:]}" if space else name[4:]
            found = self.by_type.get(zlib.crc32(full.encode()), [])
            if found and (space != own or user not in found):
                return found
        return []

    def _depths(self) -> dict[type[TLObject], int]:
        """How deep an object must nest at least, so that building ends."""
        depth: dict[type[TLObject], int] = {}
        before = -1
        while before < len(depth):
            before = len(depth)
            for class_ in self.parameters.keys() - depth.keys():
                required = [text for text in self.parameters[class_].values() if OPTIONAL not in text]
                needs = [self._least(text, class_, depth) for text in required]
                if None not in needs:
                    depth[class_] = 1 + max(need or 0 for need in [0, *needs])
        assert len(depth) == len(self.parameters), self.parameters.keys() - depth.keys()
        return depth

    def _least(self, text: str, class_: type[TLObject], depth: dict[type[TLObject], int]) -> int | None:
        if "List[" in text or "Type" not in text or "TypeX" in text:
            return 0
        known = [depth[each] for each in self.classes(self._type(text), class_) if each in depth]
        return min(known) if known else None

    @staticmethod
    def _type(text: str) -> str:
        return next(word for word in text.replace("[", " ").replace("]", " ").split() if word.startswith("Type"))

    def example(self, class_: type[TLObject]) -> TLObject:
        """An object that depends on the seed and the class alone."""
        self.random = random.Random(f"{self.seed} {class_.__name__}")  # test data
        return self.build(class_)

    def build(self, class_: type[TLObject], level: int = 0) -> TLObject:
        """Optional fields are all there or none, because several may share a flag."""
        full = level < DEEP and self.random.random() < (0.7 if level == 0 else 0.3)
        fields = {}
        for name, text in self.parameters[class_].items():
            optional = OPTIONAL in text
            if optional and not full:
                fields[name] = None
            elif optional and "bool" in text:
                fields[name] = True
            else:
                fields[name] = self.value(text, class_, level)
        if class_.__name__ == "SendMessageRequest" and fields.get("random_id") is None:
            fields["random_id"] = self.random.getrandbits(31)
        return class_(**fields)

    def value(self, text: str, class_: type[TLObject], level: int) -> Any:
        text = text.replace(OPTIONAL, "").removesuffix("]") if OPTIONAL in text else text
        if "List[" in text:
            inner = text.partition("List[")[2].removesuffix("]")
            known = "Type" not in inner or self.classes(self._type(inner), class_)
            count = self.random.randrange(3) if known and level < DEEP else 0
            return [self.value(inner, class_, level + 1) for _ in range(count)]
        if "TypeX" in text:
            return functions.help.GetConfigRequest()
        if "Type" in text:
            return self.object(self._type(text), class_, level)
        return self.plain(text)

    def object(self, name: str, class_: type[TLObject], level: int) -> TLObject:
        found = self.classes(name, class_)
        if level + 1 >= DEEP:
            least = min(self.depth[each] for each in found)
            found = [each for each in found if self.depth[each] == least]
        return self.build(self.random.choice(found), level + 1)

    def plain(self, text: str) -> Any:
        pick = self.random
        if "datetime" in text:
            return datetime.fromtimestamp(pick.getrandbits(31), UTC)
        if "int" in text:
            return pick.choice((0, 1, pick.getrandbits(8), pick.getrandbits(31)))
        if "str" in text:
            return "".join(pick.choice("aß漢😀 ") for _ in range(pick.choice((0, 1, 3, 8, 300))))
        if "bytes" in text:
            return pick.randbytes(pick.choice((0, 1, 3, 8, 253, 254, 300)))
        if "bool" in text:
            return pick.random() < 0.5
        if "float" in text:
            return pick.getrandbits(16) / 8
        raise AssertionError(text)


def plain_fields(made: TLObject) -> dict[str, Any]:
    """The fields that JSON can say, by name; dates as numbers, binary data as hex."""
    fields: dict[str, Any] = {}
    for name, value in vars(made).items():
        if isinstance(value, datetime):
            fields[name] = int(value.timestamp())
        elif isinstance(value, bytes):
            fields[name] = value.hex()
        elif isinstance(value, str | int | float | bool):
            fields[name] = value
    return fields


def build(seed: int) -> None:
    builders = [Builder(seed, own_first) for own_first in (False, True)]
    for class_ in alltlobjects.tlobjects.values():
        written: set[bytes] = set()
        for made in (builder.example(class_) for builder in builders):
            if bytes(made) in written:
                continue
            written.add(bytes(made))
            kind = "functions" if isinstance(made, TLRequest) else "types"
            line = [kind, class_.__name__, bytes(made).hex(), plain_fields(made)]
            sys.stdout.write(json.dumps(line) + "\n")


def echo(line: str) -> str:
    try:
        reader = BinaryReader(bytes.fromhex(line))
        again = bytes(reader.tgread_object()).hex()
    except Exception as error:  # whatever an oracle says is its answer
        return f"{type(error).__name__}: {str(error)[:100]}"
    return again if not reader.read() else "bytes left over"


if __name__ == "__main__":
    build(int(sys.argv[1]))
    sys.stdout.write("\n")
    sys.stdout.flush()
    sys.stdout.writelines(echo(line) + "\n" for line in sys.stdin)
