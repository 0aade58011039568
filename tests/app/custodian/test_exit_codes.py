"""Scripts and careful people rely on the exit codes: each is documented, and each means what the page says."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest

from parley.app.custodian import command, errors
from parley.app.custodian.errors import ToolError

PAGE = Path(__file__).parents[3] / "docs" / "custodians.md"
WRONG_USAGE = 2


def kinds(root: type[ToolError]) -> set[type[ToolError]]:
    """An error with everything below it."""
    return {root}.union(*(kinds(kind) for kind in root.__subclasses__()))


def test_the_page_lists_every_code_and_no_other():
    table = PAGE.read_text().split("## Exit codes")[1].split("\n## ")[0]
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    used = {errors.DONE, WRONG_USAGE, *(kind.exit_code for kind in kinds(ToolError))}
    assert documented == used == set(range(8))


async def test_0_done_and_nothing_to_do(world):
    ada = await world.enrol("ada")
    assert await ada.run("open") == 0
    assert await ada.run("show") == 0


async def test_1_another_refusal(world):
    ada = await world.enrol("ada")
    assert await ada.run("policy", "5") == 1


@pytest.mark.parametrize("typed", [[], ["opens"], ["enrol"], ["policy"], ["policy", "many"], ["open", "a", "b"]])
def test_2_wrong_usage(typed, capsys):
    parser = ArgumentParser()
    command.configure(parser)
    with pytest.raises(SystemExit) as stopped:
        parser.parse_args(typed)
    assert stopped.value.code == WRONG_USAGE
    assert "usage:" in capsys.readouterr().err


async def test_3_key_file_or_passphrase(world):
    ada = await world.enrol("ada")
    ada.screen.passphrase = "not the passphrase"
    assert await ada.run("show") == 3
    ada.key_file.chmod(0o644)
    assert await ada.run("show") == 3
    ada.key_file.unlink()
    assert await ada.run("show") == 3


async def test_4_a_check_failed(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.asked_for()
    await ben.run("cosign")
    ada.change(deciders=())
    assert await ada.run("open") == 4
    assert "nothing was opened" in ada.screen.text


async def test_5_not_yet(world):
    ada, _ = await world.custodians("ada", "ben")
    await world.decided()
    assert await ada.run("open") == 5


async def test_6_the_server_refuses_or_is_away(world, tmp_path):
    ada = await world.enrol("ada")
    ada.key_file = tmp_path / "other"
    assert await ada.run("enrol", world.url, "--token", "invented") == 6
    assert await ada.run("enrol", "http://127.0.0.1:9", "--token", "x") == 6


async def test_7_the_person_said_no(world):
    ada = await world.enrol("ada")
    ada.screen.yes = False
    assert await ada.run("rotate") == 7
    assert ada.keys.next_sign is None
