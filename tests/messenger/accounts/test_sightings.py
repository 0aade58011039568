"""Enough is kept to tell a subscriber behind a shared address, and a phone that reconnects leaves little."""

from datetime import UTC, datetime, timedelta

from parley.messenger.accounts.sightings import Sightings

MORNING = datetime(2026, 11, 2, 0, 5, tzinfo=UTC)
HOME, CAFE = "192.0.2.7", "2001:db8::7"


def kept(sightings, calls):
    """Which of (key, address, minute of the day) are sealed."""
    found = []
    for call in calls:
        key, address, minute = call
        now = MORNING + timedelta(minutes=minute)
        if sightings.is_new(key, address, now):
            sightings.note(key, address, now)
            found.append(call)
    return found


def test_a_phone_that_reconnects_every_five_minutes_all_day_leaves_four_records():
    calls = [(1, (HOME, 40_000 + minute), minute) for minute in range(0, 1435, 5)]
    assert [minute for _, _, minute in kept(Sightings(), calls)] == [0, 360, 720, 1080]


def test_every_other_address_is_kept_at_once_and_a_return_is_not():
    calls = [(1, (HOME, 1), 0), (1, (CAFE, 2), 1), (1, (HOME, 1), 2), (1, (CAFE, 2), 3), (1, (HOME, 9), 4)]
    assert kept(Sightings(), calls) == calls[:2]


def test_each_device_of_a_person_is_kept():
    calls = [(1, (HOME, 1), 0), (2, (HOME, 2), 1), (2, (HOME, 3), 2)]
    assert kept(Sightings(), calls) == calls[:2]


def test_a_connection_that_lasts_for_days_is_seen_on_each_of_them():
    days = [(1, (HOME, 1), 1440 * day) for day in range(3)]
    between = [(1, (HOME, 1), 1440 * day + 700) for day in range(3)]
    assert kept(Sightings(), sorted(days + between, key=lambda call: call[2])) == days


def test_a_port_that_nobody_named_does_not_count_as_a_change_each_time():
    calls = [(1, (HOME, 0), minute) for minute in range(0, 1400, 100)]
    assert kept(Sightings(), calls) == calls[:1]


def test_the_memory_is_bounded_and_holds_no_address():
    sightings = Sightings(most=100)
    for device in range(1000):
        sightings.note(device, (HOME, device), MORNING)
    assert len(sightings._noted) <= 100
    assert HOME not in repr(vars(sightings))
    sightings.note(1, (HOME, 1), MORNING + timedelta(days=1))
    assert len(sightings._noted) == 1, "yesterday is forgotten"
