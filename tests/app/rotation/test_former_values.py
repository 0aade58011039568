"""A server finds the old value of a secret that is being changed, in its file or in a variable, while it counts."""

from datetime import UTC, datetime, timedelta

import pytest

from parley.app import keys
from parley.app.rotation.rotating import Change, access_hashes, accounts, sms_webhook
from parley.app.rotation.windows import RotationRefused
from parley.core.errors import ConfigurationError
from parley.messenger.accounts.sealing import Secrets

NOW = datetime(2026, 11, 2, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture
def change(tmp_path):
    return Change(tmp_path, NOW, MONTH)


def test_an_old_value_is_read_until_its_day(change):
    old = keys.secret(change.data_dir, "sms_webhook")
    sms_webhook(change)
    found = keys.former(change.data_dir, "sms_webhook", NOW)
    assert (found.value, found.until) == (old, NOW + MONTH)
    assert found.counts(NOW)
    assert not found.counts(NOW + MONTH)
    assert keys.former(change.data_dir, "sms_webhook", NOW + MONTH) is None
    assert keys.secret(change.data_dir, "sms_webhook") != old
    assert old.hex() not in repr(found)


def test_the_key_of_access_hashes_stays_when_the_accounts_key_changes(change):
    """Clients keep access hashes for years: a change of the other keys must not void them."""
    before = Secrets.derive(keys.secret(change.data_dir, "accounts"))
    accounts(change)
    found = keys.former(change.data_dir, "accounts", NOW + 100 * MONTH)
    assert found.until is None, "it counts until everything is moved"
    assert keys.secret(change.data_dir, keys.ACCESS_HASHES) == before.access_hash
    access_hashes(change)
    assert keys.former(change.data_dir, keys.ACCESS_HASHES, NOW).value == before.access_hash
    assert keys.secret(change.data_dir, keys.ACCESS_HASHES) != before.access_hash


def test_the_accounts_key_of_a_divided_server_is_not_changed_halfway(change, monkeypatch):
    """The legal desk's part has a share of it in a file of its own, which nothing would move along."""
    root = keys.secret(change.data_dir, "accounts")
    monkeypatch.setattr("parley.app.rotation.rotating.is_divided", lambda _: True)
    with pytest.raises(RotationRefused):
        accounts(change)
    assert keys.secret(change.data_dir, "accounts") == root
    assert keys.former(change.data_dir, "accounts", NOW) is None


def test_secrets_from_the_environment_have_their_old_values_there_too(tmp_path, monkeypatch):
    monkeypatch.setenv("PARLEY_SECRET_ACCOUNTS", "ab" * 32)
    assert keys.former(tmp_path, "accounts", NOW) is None
    monkeypatch.setenv("PARLEY_SECRET_ACCOUNTS_OLD", "cd" * 32)
    assert keys.former(tmp_path, "accounts", NOW).value == b"\xcd" * 32
    monkeypatch.setenv("PARLEY_SECRET_ACCOUNTS_OLD", "cd" * 8)
    with pytest.raises(ConfigurationError):
        keys.former(tmp_path, "accounts", NOW)
