"""The log brings each checkpoint to its witnesses, and hears at once when one of them saw another history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parley.core.clock import ManualClock
from parley.legal.translog.asking import AskWitnesses
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import LogForked, Malformed
from parley.legal.translog.merkle import verify_consistency
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey, VerifierKey
from parley.legal.translog.ports import Answer, WitnessUnreachable
from parley.legal.translog.reading import LogReader
from parley.legal.translog.service import Translog
from parley.legal.translog.signer import open_signer
from parley.legal.translog.submission import SIZE_TYPE, Submission
from parley.storage.pools import Pools

_KEY = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(32)))
_URL = "https://witness.example/v1/"


class _World:
    """A log, and one witness that answers as the test says."""

    def __init__(self, pools: Pools, clock: ManualClock, folder: Path) -> None:
        self.database, self.clock, self.folder = pools.of("log"), clock, folder
        self.translog = Translog(self.database, clock, folder, "parley.example/log")
        self.reader = LogReader(self.database)
        self.witnesses = Witnesses(self.database, clock)
        self.asking = AskWitnesses(self.database, clock, self.witnesses, self.post)
        self.asked: list[tuple[str, Submission]] = []
        self.answer: Callable[[Submission], Answer] = self.honest
        self.seen = Checkpoint("parley.example/log", 0, b"")

    async def post(self, url: str, body: bytes) -> Answer:
        asked = Submission.parse(body)
        self.asked.append((url, asked))
        return self.answer(asked)

    def honest(self, asked: Submission) -> Answer:
        head = Checkpoint.parse(asked.note.text)
        if asked.old != self.seen.size:
            return Answer(409, SIZE_TYPE, f"{self.seen.size}\n".encode())
        if self.seen.root:
            verify_consistency(self.seen.size, head.size, self.seen.root, head.root, asked.proof)
        self.seen = head
        return Answer(200, "text/plain", str(cosign(asked.note.text, _KEY, self.clock.now())).encode())

    async def begin(self) -> None:
        await self.translog.open()
        await self.witnesses.register(str(_KEY.verifier), "staff:ann", _URL)

    async def batch(self) -> None:
        self.clock.advance(3600)
        await self.translog.write_due()

    async def cosigned(self) -> bool:
        note = await self.reader.checkpoint()
        key = VerifierKey.parse(await self.reader.vkey())
        return bool(verify_checkpoint(note, key, [_KEY.verifier]).cosigners)


@pytest.fixture
async def world(pools: Pools, clock: ManualClock, data_dir: Path) -> _World:
    made = _World(pools, clock, data_dir / "log")
    await made.begin()
    return made


async def test_each_checkpoint_is_cosigned_once_with_a_proof_from_the_one_before(world: _World) -> None:
    for _ in range(3):
        await world.batch()
        await world.asking.ask_due()
        await world.asking.ask_due()
        assert await world.cosigned()
    assert [(url, asked.old) for url, asked in world.asked] == [
        ("https://witness.example/v1/add-checkpoint", old) for old in (0, 16, 32)
    ]


async def test_a_witness_that_was_there_before_says_where_to_begin(world: _World) -> None:
    await world.batch()
    world.seen = Checkpoint.parse((await world.reader.checkpoint()).text)
    await world.batch()
    await world.asking.ask_due()
    assert [asked.old for _, asked in world.asked] == [0, 16]
    assert await world.cosigned()


async def test_a_witness_that_saw_more_than_there_is_is_a_split_view(
    world: _World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.batch()
    world.seen = Checkpoint("parley.example/log", 64, bytes(32))
    await world.asking.ask_due()
    assert "64 leaves of this log, which has 16" in world.asking.splits[_KEY.name]
    assert "holds another history" in caplog.text
    assert not await world.cosigned()


@pytest.mark.parametrize("answer", [Answer(422, "text/plain", b"no"), Answer(409, "text/plain", b"other root")])
async def test_a_witness_that_saw_other_leaves_is_a_split_view(world: _World, answer: Answer) -> None:
    await world.batch()
    world.answer = lambda _: answer
    await world.asking.ask_due()
    assert world.asking.splits == {_KEY.name: "it cosigned other leaves of this log"}
    world.answer = world.honest
    world.clock.advance(60)
    await world.asking.ask_due()
    assert world.asking.splits == {}


async def seen_to_split(world: _World) -> None:
    """The witness refuses the checkpoint as that of another history, and keeps to it."""
    await world.batch()
    world.answer = lambda _: Answer(422, "text/plain", b"no")
    await world.asking.ask_due()
    assert _KEY.name in world.asking.splits


async def test_a_split_is_over_when_the_witness_is_removed(world: _World) -> None:
    """An alarm that nobody can end would hide the next one."""
    await seen_to_split(world)
    await world.asking.ask_due()
    assert _KEY.name in world.asking.splits, "it stays while the witness is left alone for some time"
    await world.witnesses.remove(str(_KEY.verifier), "staff:ann")
    await world.asking.ask_due()
    assert world.asking.splits == {}


async def test_a_split_is_over_when_the_witness_brings_its_cosignature_itself(world: _World) -> None:
    await seen_to_split(world)
    note = await world.reader.checkpoint()
    await world.witnesses.accept(note.with_signatures([cosign(note.text, _KEY, world.clock.now())]))
    await world.asking.ask_due()
    assert world.asking.splits == {}


async def test_a_witness_that_fails_is_asked_less_and_less_often(
    world: _World, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(_: Submission) -> Answer:
        raise WitnessUnreachable("no answer")

    await world.batch()
    world.answer = gone
    for wait in (0, 29, 1, 59, 1):
        world.clock.advance(wait)
        await world.asking.ask_due()
    assert len(world.asked) == 3
    assert "has not cosigned: no answer" in caplog.text
    for _ in range(40):
        world.clock.advance(900)
        await world.asking.ask_due()
    assert len(world.asked) >= 40, "never less often than every quarter of an hour"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(404, "text/plain", b""), "does not know this log"),
        (Answer(403, "text/plain", b""), "trusts another key"),
        (Answer(500, "text/plain", b""), "answered 500"),
        (Answer(409, SIZE_TYPE, b"many\n"), "not a size"),
        (Answer(200, "text/plain", b"fine\n"), "not a signature line"),
    ],
)
async def test_every_refusal_is_said_to_the_operator(
    world: _World, caplog: pytest.LogCaptureFixture, answer: Answer, reason: str
) -> None:
    await world.batch()
    world.answer = lambda _: answer
    await world.asking.ask_due()
    assert reason in caplog.text
    assert not await world.cosigned()
    assert world.asking.splits == {}


async def test_a_witness_that_was_removed_is_not_asked(world: _World) -> None:
    await world.witnesses.remove(str(_KEY.verifier), "staff:ann")
    await world.batch()
    await world.asking.ask_due()
    assert world.asked == []


async def test_the_newest_address_holds_and_has_to_be_one(world: _World) -> None:
    await world.witnesses.register(str(_KEY.verifier), "staff:ann", "http://127.0.0.1:9")
    await world.batch()
    await world.asking.ask_due()
    assert [url for url, _ in world.asked] == ["http://127.0.0.1:9/add-checkpoint"]
    no_port = ("https://w.example:abc", "https://w.example:99999", "https://[2001:db8::1", "https://[w.example]/")
    for wrong in ("ftp://witness.example", "witness.example", "https://", *no_port):
        with pytest.raises(Malformed):
            await world.witnesses.register(str(_KEY.verifier), "staff:ann", wrong)


async def test_the_signer_takes_no_other_root_for_an_empty_log(world: _World) -> None:
    """An empty tree has one root; another one was once let through between two empty checkpoints."""
    signer = open_signer(world.folder)
    assert signer is not None
    with pytest.raises(LogForked):
        signer.sign(Checkpoint(signer.origin, 0, bytes(32)), [])
