"""The first half of the story, as people live it: real clients, a real server, a moderator at the pages."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.server_process import RunningServer
from tests.journeys.story import messenger
from tests.journeys.story.messenger import MODERATORS, World


async def test_people_meet_and_search_is_kept_safe(server: RunningServer, tmp_path: Path) -> None:
    world = World(server, tmp_path)
    await messenger.staff_come_in(world, *((name, "moderator") for name in MODERATORS))
    await messenger.people_sign_up(world)
    await messenger.people_talk(world)
    await messenger.alice_catches_up(world)
    await messenger.mallory_signs_up(world)
    await messenger.dave_publishes(world)
    await messenger.mallory_sells(world)
    await messenger.bob_reports(world)
    await messenger.moderator_decides(world)
    await messenger.mallory_appeals(world)
    await world.leave()
