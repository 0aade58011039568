"""Whatever is refused, a client gets a name and a code that it knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import parley
from parley.core.errors import Conflict, Forbidden, Invalid, NotFound
from parley.messenger.errors import BadRequest, FloodWait, MessengerError, Unauthorized
from parley.rpc.error_table import code_of, known_codes
from parley.rpc.errors import to_rpc

SOURCE = Path(parley.__file__).parent
#: Classes whose first argument is a name, and `RpcError`, whose second is.
NAMED_FIRST = {"MessengerError", "BadRequest", "Unauthorized", "Forbidden"}


def raised() -> Iterator[tuple[str, str]]:
    """Give every name that the program raises as a literal, with where it does."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = 0 if node.func.id in NAMED_FIRST else 1 if node.func.id == "RpcError" else len(node.args)
                for given in node.args[place : place + 1]:
                    if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value.isupper():
                        yield given.value, f"{path.relative_to(SOURCE)}:{node.lineno}"


def test_every_name_that_is_raised_stands_in_the_table() -> None:
    found = dict(raised())
    assert len(found) > 80, "the search finds what is raised"
    unknown = {name: where for name, where in found.items() if name not in known_codes()}
    assert unknown == {}


def test_names_that_errors_carry_themselves_stand_there_too() -> None:
    waiting: list[type[MessengerError]] = [MessengerError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        assert kind in (MessengerError, BadRequest, FloodWait) or kind.name in known_codes(), kind


def test_the_code_comes_from_the_table() -> None:
    assert to_rpc(BadRequest("USER_DEACTIVATED")).code == 401, "clients log out on 401, whatever the room said"
    assert to_rpc(Unauthorized()).code == 401
    assert to_rpc(FloodWait(12)).code == 420
    assert to_rpc(FloodWait(12)).message == "FLOOD_WAIT_12"


def test_a_code_that_clients_know_beside_the_usual_one_is_kept() -> None:
    assert (code_of("CHAT_ADMIN_REQUIRED", 403), code_of("CHAT_ADMIN_REQUIRED", 400)) == (403, 400)
    assert code_of("CHAT_ADMIN_REQUIRED", 404) == 400


def test_a_name_that_nobody_knows_is_a_fault() -> None:
    with pytest.raises(LookupError):
        to_rpc(BadRequest("NO_SUCH_THING"))


@pytest.mark.parametrize("kind", [NotFound, Forbidden, Conflict, Invalid])
def test_refusals_of_other_rooms_have_known_names(kind: type[NotFound]) -> None:
    answer = to_rpc(kind("a rule of that room"))
    assert answer.code in known_codes()[answer.message]
