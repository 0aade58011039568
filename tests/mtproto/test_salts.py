"""A client always has a valid salt, also after the server restarted, and an old one does not work for long."""

from parley.mtproto.salts import LIFETIME_S, MOST_FUTURE_SALTS, PERIOD_S, Salts, salt_of_period

KEY = bytes(256)
NOW = 1_800_000_000 // PERIOD_S * PERIOD_S


def salts() -> Salts:
    return Salts(KEY, first=99, created_at=NOW)


def test_a_salt_holds_for_an_hour_and_no_longer() -> None:
    salt = salts().present(NOW)
    assert salt != 0
    assert salts().accepts(salt, NOW)
    assert salts().accepts(salt, NOW + LIFETIME_S - 1)
    assert not salts().accepts(salt, NOW + LIFETIME_S)
    assert not salts().accepts(salt, NOW - 1)


def test_the_salt_of_the_key_exchange_holds_at_first() -> None:
    assert salts().accepts(99, NOW + LIFETIME_S - 1)
    assert not salts().accepts(99, NOW + LIFETIME_S)


def test_salts_ahead_are_those_that_will_hold() -> None:
    ahead = salts().upcoming(NOW + 7, 3)
    assert [(since, until) for since, until, _ in ahead] == [
        (NOW + n * PERIOD_S, NOW + n * PERIOD_S + LIFETIME_S) for n in range(3)
    ]
    assert [salt for _, _, salt in ahead] == [salts().present(since) for since, _, _ in ahead]
    assert len(salts().upcoming(NOW, 10_000)) == MOST_FUTURE_SALTS
    assert len(salts().upcoming(NOW, -5)) == 1


def test_each_key_has_its_own_salts() -> None:
    assert salt_of_period(KEY, 5) != salt_of_period(bytes(255) + b"\1", 5)
