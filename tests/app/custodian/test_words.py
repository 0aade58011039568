"""What a custodian reads before they say yes, word for word: who, what, why, by whose decision."""

from __future__ import annotations

import json
import re

from parley.legal.disclosure.model import Field
from tests.legal_world import ORDER

GOLDEN = """\
Release ID
  Who asks      Inspector Roth, Court of Example; their passkey signed this order and this recipient
  By what right an order of a court or prosecutor, from DE; docket number: 12 Gs 34/26
  Offence       sale of forged papers, section 267 StGB
  Law           section 100k StPO
  Account       2222222222, which the order names as @mallory (suspect)
  Data          the phone number, IP addresses, source ports and times
  From          2026-11-02 08:01:00 UTC
  To            2026-11-02 09:01:00 UTC (1 day of sealed records)
  Decided by    Lea and Tom, each with a passkey of their own
  Secrecy       until 2026-12-02T09:00:00Z, by Judge Adler, section 101 StPO: speak to nobody about it
  Readable by   age1KEY alone
  Kept          for 14 days after it is delivered, or until the officer has it; then wiped
  Public log    entry N of 16 in chat.example/log, cosigned by chat.example/log/custodian/ben (2026-11-02 10:01 UTC)
  Your part     the first: your layer of 1 day keys is handed on, sealed; you see no address
Every check holds. This was a dry run: nothing was opened."""


def without_chance(text: str) -> str:
    """Replace what is drawn at random."""
    text = re.sub(r"Release [0-9a-f]{32}", "Release ID", text)
    text = re.sub(r"age1[02-9ac-hj-np-z]{58}", "age1KEY", text)
    return re.sub(r"entry \d+ of", "entry N of", text)


async def dry_run(world, request=None):
    ada, ben = await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    await world.logged(request(world) if request else None)
    assert await ben.run("cosign") == 0
    assert await ada.run("open", "--dry-run") == 0, ada.screen.text
    assert ada.state.nonces == {}, "a dry run uses nothing up"
    return without_chance(ada.screen.text)


async def test_a_dry_run_says_in_plain_words_what_would_be_opened_for_whom_and_why(world):
    assert await dry_run(world) == GOLDEN


async def test_what_was_asked_for_and_not_decided_is_said(world):
    shown = await dry_run(world, lambda w: w.request(fields=(Field.IP,)))
    assert "Data          IP addresses\n" in shown
    assert "Refused       the phone number, source ports and times: asked for, and not decided on" in shown


async def test_more_than_was_asked_for_is_a_caution(world):
    world.order = json.dumps(ORDER | {"fields": ["phone"], "gag": None}).encode()
    shown = await dry_run(world)
    assert "CAUTION       the order does not ask for IP addresses, source ports and times" in shown
    assert "Secrecy       none: the person will be told" in shown


async def test_an_order_that_says_little_is_shown_as_one(world):
    world.order = b'{"instrument": "national_court", "offence": ["x"], "identifier": " "}'
    shown = await dry_run(world)
    assert "Offence       not stated in the order" in shown
    assert "which the order names as not stated in the order" in shown
