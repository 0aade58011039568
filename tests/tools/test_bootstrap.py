"""The set-up honours pip's configuration as pip itself does, so that a machine is set up as its owner meant."""

import sys
from pathlib import Path

import pytest
from tools.bootstrap import bootstrap


def configured(*lines: str) -> dict[str, str]:
    """Read the settings of a pip that lists these lines."""
    return bootstrap._pip_configuration([sys.executable, "-c", f"print({chr(10).join(lines)!r})"])


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in bootstrap.CONFIGURATION.values():
        monkeypatch.delenv(variable, raising=False)


def test_a_folder_of_wheels_that_does_not_exist_is_passed_over(tmp_path: Path) -> None:
    lines = f"global.find-links='{tmp_path}/none\\n{tmp_path}\\nhttps://wheels.example/simple'"
    assert configured(lines) == {"UV_FIND_LINKS": f"{tmp_path} https://wheels.example/simple"}


def test_variables_go_before_files_and_what_is_set_for_uv_before_both(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (":env:.index-url='https://one.example'", "global.index-url='https://two.example'")
    assert configured(*lines) == {"UV_DEFAULT_INDEX": "https://one.example"}
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://three.example")
    assert configured(*lines) == {}
