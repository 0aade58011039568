"""Who may send orders is vouched for by two people, and what has expired opens no door."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from parley.core.clock import ManualClock
from parley.legal.authorities import rules
from parley.legal.authorities.errors import (
    EnrolmentInvalid,
    EntryInvalid,
    OfficerExpired,
    SecondPersonNeeded,
)
from parley.legal.authorities.model import AuthorityKind, NewAuthority, NewOfficerPasskey, Trust
from parley.legal.authorities.service import Authorities
from parley.storage.pools import Pools

COURT = NewAuthority(
    name="District Court of Example",
    country="DE",
    level="local",
    kind=AuthorityKind.COURT,
    competence=("national_court",),
    email_domains=("court.example",),
    callback_numbers=("+49 30 000000",),
    source_url="https://court.example/contact",
)
RECIPIENT = "age1" + "q" * 58
PASSKEY = NewOfficerPasskey(b"credential", b"cose", 0, "Firefox")


@pytest.fixture
def registry(pools: Pools, clock: ManualClock) -> Authorities:
    return Authorities(pools.of("legal"), clock)


async def test_one_person_cannot_confirm_what_they_entered(registry: Authorities) -> None:
    entry = await registry.propose(COURT, "staff:Rita")
    with pytest.raises(SecondPersonNeeded):
        await registry.confirm(entry.authority_id, "staff:Rita")
    assert (await registry.confirm(entry.authority_id, "staff:Rolf")).trust is Trust.VERIFIED


async def test_the_database_itself_refuses_one_person_twice(registry: Authorities, pools: Pools) -> None:
    entry = await registry.propose(COURT, "staff:Rita")
    with pytest.raises(asyncpg.CheckViolationError):
        await pools.of("legal").execute(
            "UPDATE legal.authorities SET verified_by = proposed_by WHERE authority_id = $1", entry.authority_id
        )


async def test_an_officer_needs_a_confirmed_authority_a_vouch_and_no_suspension(
    registry: Authorities, clock: ManualClock
) -> None:
    entry = await registry.propose(COURT, "staff:Rita")
    link = await registry.add_officer(entry.authority_id, "Inspector Roth", "roth@court.example", "staff:Rita")
    officer = await registry.enrol(link.token, PASSKEY, RECIPIENT)
    with pytest.raises(OfficerExpired, match="second registrar"):
        await registry.who_may_file(officer.officer_id)
    await registry.confirm(entry.authority_id, "staff:Rolf")
    assert (await registry.who_may_file(officer.officer_id))[0].age_recipient == RECIPIENT
    clock.advance((rules.VOUCHING_LIFE + timedelta(seconds=1)).total_seconds())
    with pytest.raises(OfficerExpired, match="expired"):
        await registry.who_may_file(officer.officer_id)
    await registry.vouch_again(officer.officer_id, "staff:Rolf")
    await registry.who_may_file(officer.officer_id)
    await registry.suspend_officer(officer.officer_id, "left the court", "staff:Rolf")
    with pytest.raises(OfficerExpired, match="suspended"):
        await registry.who_may_file(officer.officer_id)
    assert await registry.all_passkeys() == []


async def test_an_enrolment_link_serves_once_and_for_a_week(registry: Authorities, clock: ManualClock) -> None:
    entry = await registry.propose(COURT, "staff:Rita")
    link = await registry.add_officer(entry.authority_id, "Inspector Roth", "roth@court.example", "staff:Rita")
    await registry.enrol(link.token, PASSKEY, RECIPIENT)
    with pytest.raises(EnrolmentInvalid):
        await registry.enrol(link.token, PASSKEY, RECIPIENT)
    late = await registry.add_officer(entry.authority_id, "Officer Late", "late@court.example", "staff:Rita")
    clock.advance(rules.ENROLMENT_LIFE.total_seconds() + 1)
    with pytest.raises(EnrolmentInvalid):
        await registry.enrolment(late.token)


async def test_an_address_of_another_domain_is_refused(registry: Authorities) -> None:
    entry = await registry.propose(COURT, "staff:Rita")
    with pytest.raises(EntryInvalid, match="email"):
        await registry.add_officer(entry.authority_id, "Inspector Roth", "roth@court.example.evil", "staff:Rita")


async def test_confirming_an_authority_goes_into_the_public_log(registry: Authorities, pools: Pools) -> None:
    entry = await registry.propose(COURT, "staff:Rita")
    await registry.confirm(entry.authority_id, "staff:Rolf")
    rows = await pools.of("outbox").fetch("SELECT topic, payload FROM outbox.items")
    assert [row["topic"] for row in rows] == ["translog.append"]
    opening = rows[0]["payload"]["opening"]
    assert opening["stage"] == "registry"
    assert "Example" not in str(opening)
