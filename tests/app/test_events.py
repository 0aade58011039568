"""What one process commits, every other process hears of, unchanged."""

from __future__ import annotations

from datetime import UTC, datetime

from parley.app.events import EventHub, decode, encode
from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.accounts.events import AccountChanged, PresenceChanged, UsernameChanged
from parley.storage.bus import LocalBus


def test_an_event_survives_the_wire() -> None:
    moment = datetime(2026, 11, 2, 9, tzinfo=UTC)
    for event in (
        UsernameChanged("alice", Peer.user(AccountId(5))),
        UsernameChanged("alice", None),
        PresenceChanged(AccountId(5), moment, None),
    ):
        assert decode(type(event), encode(event)) == event


class _SharedBus(LocalBus):
    """A bus that says it spans processes, so that two hubs on it are two processes."""

    spans_processes = True


async def test_the_other_process_hears_and_this_one_hears_once() -> None:
    bus, heard = _SharedBus(), []
    here, there = EventHub(bus), EventHub(bus)
    for name, hub in (("here", here), ("there", there)):

        async def listener(event: AccountChanged, name: str = name) -> None:
            heard.append((name, event.account_id))

        hub.listen(AccountChanged, listener)
        await hub.start()
    await here.publish(AccountChanged(AccountId(7)))
    assert heard == [("here", 7), ("there", 7)]


async def test_a_failing_listener_keeps_nobody_from_hearing(caplog) -> None:  # type: ignore[no-untyped-def]
    hub, heard = EventHub(LocalBus()), []

    async def fails(event: AccountChanged) -> None:
        raise RuntimeError("broken")

    async def hears(event: AccountChanged) -> None:
        heard.append(event.account_id)

    hub.listen(AccountChanged, fails)
    hub.listen(AccountChanged, hears)
    await hub.publish(AccountChanged(AccountId(7)))
    assert heard == [7]
    assert "a listener of AccountChanged failed" in caplog.text
