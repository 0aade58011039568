"""A change of a secret that is cut off at any step goes on when it is typed again, and never loses both values."""

from datetime import UTC, datetime, timedelta

import pytest

from parley.app.rotation import windows
from parley.app.rotation.rotating import destroy_over
from parley.app.rotation.windows import RotationRefused

NOW = datetime(2026, 11, 2, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)


class Killed(Exception):
    """The machine lost power."""


@pytest.fixture
def secret(tmp_path):
    folder = tmp_path / "secrets"
    folder.mkdir()
    path = folder / "sms_webhook"
    path.write_bytes(b"old")
    return path


def test_both_values_count_until_the_day_that_was_named_and_then_the_old_one_is_gone(secret):
    windows.begin(secret, b"new", NOW, UNTIL)
    assert (secret.read_bytes(), windows.old_path(secret).read_bytes()) == (b"new", b"old")
    assert windows.under_way(secret, NOW)
    assert destroy_over(secret.parents[1], NOW) == []
    assert destroy_over(secret.parents[1], UNTIL) == ["sms_webhook"]
    assert sorted(path.name for path in secret.parent.iterdir()) == ["sms_webhook"]
    assert destroy_over(secret.parents[1], UNTIL) == []


def test_files_of_a_change_are_for_the_servers_user_alone(secret):
    windows.begin(secret, b"new", NOW, UNTIL)
    assert {path.stat().st_mode & 0o777 for path in secret.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_kill_in_the_middle_loses_nothing_and_the_next_call_goes_on(secret, monkeypatch, writes):
    real, left = windows.replace_durably, [writes]

    def dies(path, value):
        if not left[0]:
            raise Killed
        left[0] -= 1
        real(path, value)

    monkeypatch.setattr(windows, "replace_durably", dies)
    with pytest.raises(Killed):
        windows.begin(secret, b"new", NOW, UNTIL)
    assert secret.read_bytes() == b"old", "what everybody knows still counts"
    monkeypatch.setattr(windows, "replace_durably", real)
    windows.begin(secret, b"newer", NOW, UNTIL)
    assert (secret.read_bytes(), windows.old_path(secret).read_bytes()) == (b"newer", b"old")
    assert windows.until_of(secret) == UNTIL


def test_the_old_value_is_destroyed_where_a_power_cut_left_it_too(secret, monkeypatch):
    def dies(self, target):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(secret), "replace", dies)
        with pytest.raises(Killed):
            windows.begin(secret, b"new", NOW, None)
    assert [path.read_bytes() for path in secret.parent.glob(".*")] == [b"old"]
    windows.begin(secret, b"new", NOW, None)
    windows.end(secret)
    assert {path.name: path.read_bytes() for path in secret.parent.iterdir()} == {"sms_webhook": b"new"}


def test_a_second_change_waits_until_the_first_is_over(secret):
    windows.begin(secret, b"new", NOW, UNTIL)
    with pytest.raises(RotationRefused):
        windows.begin(secret, b"newer", NOW, UNTIL)
    windows.begin(secret, b"newer", UNTIL, UNTIL + timedelta(days=30))
    assert windows.old_path(secret).read_bytes() == b"new"
