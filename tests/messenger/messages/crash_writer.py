"""The victim of the crash test: a process with its own database that sends, and prints what was acknowledged."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from parley.core.clock import SystemClock
from parley.core.ids import AccountId, ChannelId, MessageId
from parley.core.peers import Peer
from parley.core.tasks import Supervisor as Tasks
from parley.messenger.messages.model import BoxEvent, Message, NewMessage
from parley.messenger.messages.service import build
from parley.storage.embedded import Cluster
from parley.storage.leases import Lease
from parley.storage.migrator import migrate
from parley.storage.pools import Pools
from parley.storage.supervisor import Supervisor

WRITERS, PEOPLE = 24, 4


class Silent:
    """Allows everything and hears nothing."""

    async def check(self, sender: AccountId, peer: Peer, message: NewMessage) -> None:
        return None

    async def has_blocked(self, owner: AccountId, person: AccountId) -> bool:
        return False

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        return None

    def posted(self, messages: Sequence[Message]) -> None:
        return None

    def removed(self, channel: ChannelId, ids: Sequence[MessageId]) -> None:
        return None


async def main(data_dir: Path, first: int) -> None:
    """Send for ever, from `first` on as random ids; a line is printed only once its message is committed."""
    target = await Supervisor(Cluster(data_dir)).start()
    await migrate(target)
    pools, silent = Pools(target), Silent()
    async with Tasks() as tasks:
        messages = build(
            pools.of("messenger"), tasks, SystemClock(), lease=Lease(pools.of("outbox"), "relay", seconds=1),
            gate=silent, blocks=silent, rights=silent, authors=silent, sink=silent, posts=silent, events=silent,  # type: ignore[arg-type]
        )  # fmt: skip
        messages.relay.start()

        async def write(writer: int) -> None:
            number = first + writer
            while True:
                sender, receiver = AccountId(1 + number % PEOPLE), AccountId(1 + (number // PEOPLE) % PEOPLE)
                message = NewMessage(text=f"message {number}", random_id=number)
                await messages.sending.send(sender, Peer.user(receiver), message)
                sys.stdout.write(f"{number} {sender} {receiver}\n")
                sys.stdout.flush()
                number += WRITERS

        await asyncio.gather(*(write(writer) for writer in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
