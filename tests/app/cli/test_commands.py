"""Whoever types `parley` finds every command, and whoever reads the manual finds every setting."""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path

import pytest

from parley.app.cli import COMMANDS, main
from parley.core.settings import Settings

MANUAL = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    """`--help` works for all of them, and the manual names them."""
    module = importlib.import_module(f"parley.app.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"parley {name}", description=module.__doc__)
    module.configure(parser)
    assert parser.format_help()
    assert callable(module.run)
    assert f"parley {name}" in MANUAL.read_text("utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_is_in_a_manual(name: str) -> None:
    """Nobody has to guess what an option of a command is for."""
    module = importlib.import_module(f"parley.app.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"parley {name}")
    module.configure(parser)
    pages = ("operations.md", "custodians.md", "performance.md")
    typed = _typed("\n".join((MANUAL.parent / page).read_text("utf-8") for page in pages))
    assert [one for one in _options(parser) if not re.search(rf"{one}(?![\w-])", typed)] == []


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The long options of a command and of its steps."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for step in action.choices.values():
                yield from _options(step)
        elif not isinstance(action, argparse._HelpAction):
            yield from (option for option in action.option_strings if option.startswith("--"))


@pytest.mark.parametrize("page", ["key-ceremony.md", "operations.md", "custodians.md"])
def test_the_manuals_name_commands_that_exist(page: str) -> None:
    """Nobody stands in front of a notary with a command that is none."""
    named = re.findall(
        r"(?<![\w./-])parley ([a-z][a-z-]+)(?= |`|\n)", _typed((MANUAL.parent / page).read_text("utf-8"))
    )
    assert named
    assert set(named) <= set(COMMANDS)


def _typed(text: str) -> str:
    """What stands in code, in lines or in blocks."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))])


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error shows what there is."""
    assert main(["sreve"]) == 2
    assert "serve" in capsys.readouterr().err


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_each_setting_is_in_the_manual(setting: Field[object]) -> None:
    """An operator finds every key with its variable and its default."""
    (row,) = [line for line in MANUAL.read_text("utf-8").splitlines() if line.startswith(f"| `{setting.name}` |")]
    assert f"`PARLEY_{setting.name.upper()}`" in row
    if isinstance(setting.default, int | str) and not isinstance(setting.default, bool):
        assert str(setting.default) in row
