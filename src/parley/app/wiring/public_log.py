"""The public log as it is written: its signer, the hourly work, and who is asked to cosign it."""

from __future__ import annotations

from dataclasses import dataclass

from parley.app.wiring.foundation import Foundation
from parley.app.witness_post import HttpPost
from parley.core.recurring import Recurring
from parley.legal.translog.asking import AskWitnesses
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.service import TOPICS, Translog
from parley.legal.translog.worker import WORK, Worker
from parley.storage.outbox import Item

#: A release waits for the cosignature of its batch.
_WITNESSES_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class LogServices:
    """What writes the log; only the duty `log` can, and only with the key of the data directory."""

    translog: Translog
    worker: Worker
    asking: AskWitnesses
    witness_worker: Recurring
    quarterly: Quarterly


def build(base: Foundation, origin: str) -> LogServices:
    """Build the services."""
    settings, clock, log = base.settings, base.clock, base.of("log")
    quarterly = Quarterly(log, clock, closed=settings.log_closed_leaves)
    translog = Translog(log, clock, base.data_dir / "log", log_name(origin), leaves=settings.log_batch_leaves)
    asking = AskWitnesses(log, clock, Witnesses(log, clock), HttpPost())
    return LogServices(
        translog=translog,
        worker=Worker(translog, quarterly, base.lease("log", WORK).hold),
        asking=asking,
        witness_worker=Recurring(asking.ask_due, base.lease("log", "witnesses").hold, _WITNESSES_EVERY_S),
        quarterly=quarterly,
    )


def log_name(origin: str) -> str:
    """The base of the log's origin line: the host, without a scheme (C2SP tlog-checkpoint)."""
    return f"{origin.partition('://')[2].partition(':')[0]}/parley-log"


def take_entries(base: Foundation, made: LogServices) -> None:
    """Let entries and gags out of the outbox reach the log."""

    async def append(item: Item) -> None:
        await made.translog.take(item.topic, item.payload)
        made.worker.wake()

    for topic in TOPICS:
        base.relay.handle(topic, append)


async def start(made: LogServices) -> bool:
    """Start or continue the log; whether that went well. A log that cannot be continued stops nothing else.

    People still sign in and write; no batch is written until a person has decided what became of the log.
    """
    try:
        await made.translog.open()
    except TranslogError as error:
        made.worker.refuse(error)
        return False
    return True


def begin(base: Foundation, made: LogServices) -> None:
    """Start the background work."""
    base.supervisor.service(WORK, made.worker.run)
    base.supervisor.service("witnesses", made.witness_worker.run)
