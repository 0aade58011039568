"""The command line as a person (or a rehearsal) uses it: options, exit codes, and no surprise on the screen."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser

import pytest

from parley.app.custodian import command, keyfile
from parley.app.custodian.client import check_server
from parley.app.custodian.errors import Refused
from parley.app.custodian.terminal import plain
from tests.legal_world import PASSPHRASE


async def test_a_rehearsal_runs_without_a_keyboard(world, tmp_path, capsys):
    words = tmp_path / "passphrase"
    words.write_text(PASSPHRASE + "\n")
    parser = ArgumentParser()
    command.configure(parser)
    common = ["--key-file", str(tmp_path / "keys" / "ada.key"), "--passphrase-file", str(words), "--yes"]

    async def run(*arguments):
        return await asyncio.to_thread(command.run, parser.parse_args([*arguments, *common]))

    token = (await world.vault.issue_token("ada", "staff:root")).token
    assert await run("enrol", world.url, "--token", token) == 0
    assert "Enrolled as ada" in capsys.readouterr().out
    assert await run("show") == 0
    assert "fingerprint" in capsys.readouterr().out
    assert await run("open") == 0
    assert "No release waits" in capsys.readouterr().out
    assert await run("enrol", world.url, "--token", token) == 3


async def test_a_used_or_invented_token_enrols_nobody_and_leaves_no_key_file(world, tmp_path):
    ada = await world.enrol("ada")
    ada.key_file = tmp_path / "other"
    assert await ada.run("enrol", world.url, "--token", "invented") == 6
    assert "token" in ada.screen.text
    assert not ada.key_file.exists()


async def test_a_new_passphrase_replaces_the_old_one(world):
    ada = await world.enrol("ada")
    replies = iter([PASSPHRASE, "another long passphrase", "another long passphrase"])
    ada.screen.secret = lambda prompt: next(replies)
    assert await ada.run("passphrase") == 0, ada.screen.text
    assert keyfile.load(ada.key_file, "another long passphrase").name == "ada"


async def test_a_server_that_is_away_is_said_so(world, tmp_path):
    ada = await world.enrol("ada")
    ada.key_file = tmp_path / "other"
    assert await ada.run("enrol", "http://127.0.0.1:9", "--token", "x") == 6
    assert "cannot be reached" in ada.screen.text


def test_keys_never_go_to_a_server_over_a_line_that_others_read():
    assert check_server("https://chat.example/") == "https://chat.example"
    assert check_server("http://localhost:8080") == "http://localhost:8080"
    for url in ("http://chat.example", "ftp://chat.example", "chat.example", ""):
        with pytest.raises(Refused):
            check_server(url)


def test_text_from_elsewhere_cannot_repaint_the_screen():
    shown = plain("harmless\x1b[2K\rRelease of Alice\u202e")
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "\u202e" not in shown
    assert len(plain("x" * 10_000)) < 500
