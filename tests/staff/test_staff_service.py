"""People of the operator are listed, enrolled and barred, and every such step is on the record."""

from datetime import timedelta

import pytest

from parley.core.clock import ManualClock
from parley.staff import rules
from parley.staff.errors import (
    EnrolmentInvalid,
    LastPasskey,
    NameInvalid,
    NameTaken,
    PasskeyTaken,
    RoleInvalid,
    StaffNotFound,
)
from parley.staff.model import NewPasskey, Realm, Role
from parley.staff.service import Staff
from parley.staff.sessions import Sessions
from parley.storage import audit
from parley.storage.pools import Pools

KEY = NewPasskey(b"credential-1", b"cose key", 0, "Test key")
OTHER = NewPasskey(b"credential-2", b"cose key 2", 0, "Second key")


@pytest.fixture
def staff(pools: Pools, clock: ManualClock) -> Staff:
    return Staff(pools.of("staff"), clock)


async def test_a_new_person_gets_a_link_that_works_once(staff: Staff) -> None:
    enrolment = await staff.add("Nora", ["moderator", "legal"])
    assert (await staff.enrolment(enrolment.token)).name == "Nora"
    member = await staff.enrol(enrolment.token, KEY)
    assert member.roles == {Role.MODERATOR, Role.LEGAL}
    with pytest.raises(EnrolmentInvalid):
        await staff.enrolment(enrolment.token)
    with pytest.raises(EnrolmentInvalid):
        await staff.enrol(enrolment.token, OTHER)


async def test_an_old_link_does_not_work(staff: Staff, clock: ManualClock) -> None:
    enrolment = await staff.add("Nora", ["moderator"])
    clock.advance(rules.ENROLMENT_LIFE.total_seconds())
    with pytest.raises(EnrolmentInvalid):
        await staff.enrolment(enrolment.token)


async def test_the_database_does_not_hold_the_link(staff: Staff, pools: Pools) -> None:
    enrolment = await staff.add("Nora", ["admin"])
    kept = await pools.of("staff").fetchval("SELECT token_hash FROM staff.enrolments")
    assert kept == rules.hash_of(enrolment.token)
    assert enrolment.token.encode() not in kept


async def test_names_are_unique_whatever_their_capitals(staff: Staff) -> None:
    await staff.add("Nora", ["moderator"])
    with pytest.raises(NameTaken):
        await staff.add("NORA", ["legal"])
    found = await staff.by_name("nora")
    assert found is not None
    assert found.name == "Nora"


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 65])
async def test_a_bad_name_is_refused(staff: Staff, name: str) -> None:
    with pytest.raises(NameInvalid):
        await staff.add(name, ["admin"])


@pytest.mark.parametrize("roles", [[], ["boss"]])
async def test_a_bad_role_is_refused(staff: Staff, roles: list[str]) -> None:
    with pytest.raises(RoleInvalid):
        await staff.add("Nora", roles)


async def test_the_public_key_is_kept_so_that_custodians_can_pin_it(staff: Staff) -> None:
    enrolment = await staff.add("Nora", ["legal"])
    await staff.enrol(enrolment.token, KEY)
    (kept,) = await staff.passkeys(enrolment.member.staff_id)
    assert (kept.credential_id, kept.public_key) == (KEY.credential_id, KEY.public_key)
    assert await staff.passkey(KEY.credential_id) == kept


async def test_nobody_registers_a_passkey_of_somebody_else(staff: Staff) -> None:
    await staff.enrol((await staff.add("Nora", ["legal"])).token, KEY)
    second = await staff.add("Omar", ["legal"])
    with pytest.raises(PasskeyTaken):
        await staff.enrol(second.token, KEY)
    assert (await staff.enrolment(second.token)).name == "Omar", "the link is still good"


async def test_the_last_passkey_stays(staff: Staff) -> None:
    enrolment = await staff.add("Nora", ["legal"])
    member = await staff.enrol(enrolment.token, KEY)
    with pytest.raises(LastPasskey):
        await staff.revoke_passkey(member, KEY.credential_id)
    await staff.add_passkey(member, OTHER)
    with pytest.raises(StaffNotFound):
        await staff.revoke_passkey(member, b"unknown")
    await staff.revoke_passkey(member, KEY.credential_id)
    assert await staff.passkey(KEY.credential_id) is None


async def test_new_roles_and_a_bar_end_sessions(staff: Staff, pools: Pools, clock: ManualClock) -> None:
    sessions = Sessions(pools.of("staff"), clock)
    member = (await staff.add("Nora", ["legal"])).member
    token = await sessions.open(Realm.STAFF, member.staff_id, "", actor=member.actor)
    await staff.set_roles(member.staff_id, ["moderator"], by="staff:Admin")
    assert await sessions.resume(Realm.STAFF, token, "") is None
    token = await sessions.open(Realm.STAFF, member.staff_id, "", actor=member.actor)
    await staff.bar(member.staff_id, by="staff:Admin")
    assert await sessions.resume(Realm.STAFF, token, "") is None
    assert await staff.with_role(Role.MODERATOR) == []
    await staff.readmit(member.staff_id, by="staff:Admin")
    assert [m.name for m in await staff.with_role(Role.MODERATOR)] == ["Nora"]


async def test_every_step_is_on_the_record(staff: Staff, pools: Pools) -> None:
    enrolment = await staff.add("Nora", ["legal"], by="staff:Admin")
    member = await staff.enrol(enrolment.token, KEY)
    await staff.invite(member.staff_id, by="staff:Admin")
    entries = await audit.search(pools.of("staff"), subject=member.staff_id)
    assert [(e.actor, e.action) for e in reversed(entries)] == [
        ("staff:Admin", "staff.added"),
        ("staff:Nora", "staff.passkey_added"),
        ("staff:Admin", "staff.invited"),
    ]


def test_a_session_is_over_after_half_an_hour_without_use_or_twelve_hours(clock: ManualClock) -> None:
    now = clock.now()
    assert not rules.session_ended(now, now + timedelta(hours=12), now + timedelta(minutes=29))
    assert rules.session_ended(now, now + timedelta(hours=12), now + timedelta(minutes=30))
    assert rules.session_ended(now + timedelta(hours=12), now + timedelta(hours=12), now + timedelta(hours=12))


def test_pseudonyms_tell_nothing_about_the_person() -> None:
    assert rules.new_pseudonym() != rules.new_pseudonym()
    assert rules.new_pseudonym().startswith("Team member ")
