"""An operator sees what secrets there are, changes each by a command, and everything of it is on record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parley.app import keys
from parley.app.cli import main
from parley.app.rotation import catalogue
from parley.legal.disclosure.signing import DeliveryKey
from parley.mtproto.rsa_key import RsaKey
from parley.storage import audit
from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.app.cli.conftest import Typed

MANUAL = Path(__file__).parents[3] / "docs" / "operations.md"


async def trail(data_dir: Path, subject: str) -> list[str]:
    target = running(data_dir)
    assert target is not None
    pools = Pools(target)
    try:
        return [entry.action for entry in await audit.search(pools.of("staff"), subject=subject)]
    finally:
        await pools.close()


def test_the_list_names_every_secret_and_never_a_value(typed: Typed, live_dir: Path) -> None:
    for name in ("accounts", "pages", "sms_webhook"):
        keys.secret(live_dir, name)
    shown = typed("secrets", "list")
    for secret in catalogue.SECRETS:
        assert f"{secret.name}: {secret.file}" in shown
    for file in (live_dir / "secrets").iterdir():
        assert file.read_bytes().hex() not in shown
    assert "0 days old" in shown


def test_the_manual_has_a_row_for_each_secret() -> None:
    text = MANUAL.read_text("utf-8")
    for secret in catalogue.SECRETS:
        assert re.search(rf"^\| `?{secret.name}`? \|", text, re.MULTILINE), secret.name


@pytest.mark.parametrize("name", ["server", "accounts", "access-hashes", "pages", "sms-webhook", "delivery"])
async def test_each_change_leaves_a_new_value_and_two_entries_on_the_trail(
    typed: Typed, live_dir: Path, name: str
) -> None:
    import asyncio

    keys.server_key(live_dir)
    DeliveryKey.load_or_make(keys.secrets_dir(live_dir) / "delivery.key")
    for made in ("accounts", "pages", "sms_webhook"):
        keys.secret(live_dir, made)
    file = live_dir / next(secret.file for secret in catalogue.SECRETS if secret.name == name)
    before = file.read_bytes() if file.exists() else b""
    told = await asyncio.to_thread(typed, "secrets", "rotate", name)
    assert "Restart the server" in told
    assert file.read_bytes() != before
    assert before.hex() not in told or not before
    assert (await trail(live_dir, name))[:2] == ["secrets.changed", "secrets.change_begun"]


def test_the_old_server_key_is_offered_until_the_day_that_was_named(tmp_path: Path) -> None:
    """What `rotate server` leaves is what the next start reads."""
    from datetime import UTC, datetime, timedelta

    from parley.app.rotation.rotating import Change, server

    old = keys.server_key(tmp_path)
    now = datetime.now(UTC)
    server(Change(tmp_path, now, timedelta(days=7)))
    read = keys.server_keys(tmp_path)
    assert read.current.fingerprint == RsaKey.load(tmp_path / "secrets" / keys.SERVER_KEY).fingerprint
    assert [key.fingerprint for key in read.offered(now.timestamp())][1:] == [old.fingerprint]
    assert len(read.offered((now + timedelta(days=8)).timestamp())) == 1


def test_a_secret_that_a_variable_holds_is_not_changed_behind_its_back(
    live_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_SECRET_PAGES", "ab" * 32)
    assert main(["secrets", "rotate", "pages", "--data-dir", str(live_dir)]) == 1
    assert "PARLEY_SECRET_PAGES_OLD" in capsys.readouterr().err


def test_what_another_command_does_is_asked_for_completely(typed: Typed) -> None:
    assert "--reason" in typed("secrets", "rotate", "log", code=1)
    assert "--admin-url" in typed("secrets", "rotate", "database", code=1)
