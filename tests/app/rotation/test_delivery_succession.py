"""A delivery key can be replaced, and custodians can tell the operator's change from a key put in its place."""

import secrets

import pytest

from parley.legal.disclosure.signing import DeliveryKey, read_successions
from parley.legal.disclosure.succession import Succession, follows


def test_the_old_key_signs_the_new_one_over_and_is_gone(tmp_path):
    path = tmp_path / "delivery.key"
    first = DeliveryKey.load_or_make(path)
    second = DeliveryKey.succeed(path)
    third = DeliveryKey.succeed(path)
    assert len({first.public, second.public, third.public}) == 3
    assert follows(first.public, third.public, third.successions)
    assert follows(second.public, third.public, third.successions)
    assert not follows(third.public, first.public, third.successions), "there is no way back"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["delivery.key", "delivery.key.successions"]
    assert len({first.entry_id, third.entry_id}) == 2, "the log publishes each"


def test_a_key_that_the_pinned_one_never_signed_follows_nothing(tmp_path):
    pinned = DeliveryKey.load_or_make(tmp_path / "a").public
    foreign = DeliveryKey.succeed(tmp_path / "b")
    forged = Succession(pinned, foreign.public, secrets.token_bytes(64))
    assert not follows(pinned, foreign.public, [*foreign.successions, forged])


@pytest.mark.parametrize("written", ["neither", "the succession"])
def test_a_change_that_was_cut_off_goes_on_with_the_same_key(tmp_path, monkeypatch, written):
    path = tmp_path / "delivery.key"
    first = DeliveryKey.load_or_make(path)
    replace = type(path).replace

    def dies_at_the_key(file, target):
        if target == path:
            raise ConnectionError
        return replace(file, target)

    def dies(*_):
        raise ConnectionError

    with monkeypatch.context() as patched:
        if written == "neither":
            patched.setattr("parley.legal.disclosure.signing.replace_durably", dies)
        else:
            patched.setattr(type(path), "replace", dies_at_the_key)
        with pytest.raises(ConnectionError):
            DeliveryKey.succeed(path)
    assert len(read_successions(path)) == (written == "the succession")
    assert DeliveryKey.load_or_make(path).public == first.public
    waiting = DeliveryKey.load_or_make(tmp_path / "delivery.key.next").public
    assert DeliveryKey.succeed(path).public == waiting
    assert [one.new for one in read_successions(path)] == [waiting]
