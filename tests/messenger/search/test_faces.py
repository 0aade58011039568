"""A link to a name shows strangers what is public and listed, and does not tell a person from nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parley.core.clock import ManualClock
from parley.core.peers import Peer
from parley.messenger.channels.model import ChannelKind, Standing
from parley.messenger.search.faces import Faces
from parley.messenger.search.index import TantivyIndex
from parley.messenger.search.model import Face, FaceKind, ListingState
from parley.messenger.search.service import SearchService
from parley.storage.pools import Pools


@pytest.fixture
def search(pools: Pools, clock: ManualClock, tmp_path: Path) -> SearchService:
    return SearchService(pools.of("messenger"), TantivyIndex(tmp_path), clock)


@pytest.fixture
def faces(messenger: Any, search: SearchService) -> Faces:
    return Faces(messenger.accounts, messenger.directory, search)


@pytest.fixture
async def boats(messenger: Any) -> Any:
    dave = await messenger.sign_up("+4930444444", "Dave")
    await messenger.accounts.set_username(dave, "dave_sails")
    channel, _ = await messenger.channels.create(dave, ChannelKind.BROADCAST, "Boat news", "All about boats", 7)
    return await messenger.channels.set_username(dave, channel.channel_id, "BoatNews")


async def test_a_listed_public_channel_is_shown_however_its_name_is_spelt(faces: Faces, boats: Any) -> None:
    shown = Face("BoatNews", "Boat news", "All about boats", FaceKind.CHANNEL, 1)
    assert await faces.of("boatnews") == await faces.of("BoatNews") == shown


async def test_a_person_is_shown_like_nobody(faces: Faces, boats: Any) -> None:
    assert await faces.of("dave_sails") is None
    assert await faces.of("nobody_has_it") is None


async def test_a_channel_hidden_from_search_is_shown_like_nobody(
    faces: Faces, search: SearchService, boats: Any
) -> None:
    await search.set_listing(Peer.channel(boats.channel_id), ListingState.HIDDEN, "scam")
    assert await faces.of("boatnews") is None


async def test_a_suspended_channel_is_shown_like_nobody(messenger: Any, faces: Faces, boats: Any) -> None:
    await messenger.channels.set_standing(boats.channel_id, Standing.SUSPENDED)
    assert await faces.of("boatnews") is None


async def test_a_channel_that_became_private_is_shown_like_nobody(messenger: Any, faces: Faces, boats: Any) -> None:
    await messenger.channels.set_username(boats.creator_id, boats.channel_id, "")
    assert await faces.of("boatnews") is None


async def test_the_servers_own_bots_say_what_they_are(messenger: Any, faces: Faces) -> None:
    shown = await faces.of("transparency")
    assert shown is not None
    assert (shown.kind, shown.name.lower()) == (FaceKind.BOT, "transparency")
