"""Programs that share no code with ours come to the same verdict on our log."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from parley.app.witness.cosigner import Cosigner
from parley.app.witness.memory import Memory
from parley.core.clock import ManualClock
from parley.legal.translog.asking import AskWitnesses
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.notes import COSIGNATURE_V1, Note, SignerKey, VerifierKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.ports import Answer
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.legal.translog.submission import Submission
from parley.legal.translog.tiles import bundles_of, tiles_of
from parley.storage.database import Database
from parley.storage.pools import Pools
from tests.legal.translog import vectors

_HERE = Path(__file__).parent / "independent"
_WITNESS = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(32)))
_SERVING = SignerKey("witness.example/w2", COSIGNATURE_V1, bytes(range(1, 33)))


@pytest.fixture
async def published(pools: Pools, clock: ManualClock, data_dir: Path, tmp_path: Path) -> Path:
    """A folder with everything that a log of 18 batches serves."""
    database = pools.of("log")
    translog = Translog(database, clock, data_dir / "log", "parley.example/transparency/log")
    reader, witnesses = LogReader(database), Witnesses(database, clock)
    quarterly = Quarterly(database, clock, closed=8)
    await translog.open()
    folder = tmp_path / "log"
    for number in range(18):
        entry = await translog.append(
            Opening(Stage.RECEIVED, order_ref=f"r{number}", country="DE", instrument="national_court")
        )
        clock.advance(3600)
        await translog.write_due()
        if number == 6:
            _write(folder, "old", str(await reader.checkpoint()))
            _write(folder, "receipt", (await reader.proof_for(entry)).serialize())
    await witnesses.register(str(_WITNESS.verifier), "staff:ann")
    note = await reader.checkpoint()
    await witnesses.accept(note.with_signatures([cosign(note.text, _WITNESS, clock.now())]))
    quarter = Quarter.of(clock.now())
    clock.set(quarter.end)
    await quarterly.publish_due()
    _write(folder, "vkey", await reader.vkey())
    _write(folder, "witness", str(_WITNESS.verifier))
    _write(folder, "checkpoint", str(await reader.checkpoint()))
    _write(folder, "openings", gzip.decompress(await quarterly.document(quarter)).decode())
    size = Checkpoint.parse(note.text).size
    for tile in (*tiles_of(size), *bundles_of(size)):
        _write(folder, tile.path, await reader.tile(tile))
    await _ask_witness(database, clock, witnesses, folder, tmp_path / "witness")
    return folder


async def _ask_witness(
    database: Database, clock: ManualClock, witnesses: Witnesses, folder: Path, memory: Path
) -> None:
    """Let a witness that saw the older checkpoint be asked for the newest; keep what was sent and answered."""
    with Memory(memory) as kept:
        old = Note.parse((folder / "old").read_bytes())
        log = VerifierKey.parse((folder / "vkey").read_text())
        witness = Cosigner([_SERVING], [log], kept, clock)
        assert witness.submit(str(Submission(0, (), old)).encode()).status == 200
        sent: list[tuple[bytes, str]] = []

        async def post(url: str, body: bytes) -> Answer:
            verdict = witness.submit(body)
            sent.append((body, verdict.body))
            return Answer(verdict.status, verdict.media_type, verdict.body.encode())

        await witnesses.register(str(_SERVING.verifier), "staff:ann", "https://witness.example")
        await AskWitnesses(database, clock, witnesses, post).ask_due()
    _write(folder, "serving-witness", str(_SERVING.verifier))
    _write(folder, "submission", sent[-1][0])
    _write(folder, "answer", sent[-1][1])


def _write(folder: Path, name: str, data: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def _run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False, env=env)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))


def test_a_verifier_written_from_the_standards_agrees(published: Path) -> None:
    command = [sys.executable, str(_HERE / "small_verifier.py")]
    done = _run(command, published)
    assert (done.stdout, done.stderr) == ("verified 288 leaves\n", "")
    for name in ("tile/0/000", "tile/entries/001.p/32", "old", "receipt", "submission", "answer"):
        kept = (published / name).read_bytes()
        _flip(published / name)
        assert _run(command, published).returncode == 1, name
        (published / name).write_bytes(kept)


def test_a_stranger_who_read_only_the_page_agrees_with_every_vector(tmp_path: Path) -> None:
    """What docs/log-format.md says is enough: a program that shares no code with ours gives the same verdicts."""
    command = [sys.executable, str(_HERE / "vector_verifier.py")]
    done = _run(command, vectors.PATH)
    assert (done.stdout, done.stderr) == ("every vector holds\n", "")
    text = vectors.PATH.read_text("utf-8")
    honest = json.loads(text)
    for name in ("openings", "checkpoints", "quarters", "receipts", "origins"):
        swapped = json.loads(text)
        if name == "openings":
            swapped["refused_openings"].append({"why": "a good one", "opening": honest["openings"][0]["jcs"]})
        else:
            key = {"checkpoints": "checkpoint", "quarters": "files", "receipts": "receipt", "origins": name}[name]
            good = honest[name]["good"]
            swapped[name]["refused"].append(
                {"why": "a good one", key: good if name in ("quarters", "origins") else good[0]}
            )
        (tmp_path / "swapped").write_text(json.dumps(swapped))
        assert "accepted: a good one" in _run(command, tmp_path / "swapped").stderr, name


@pytest.fixture(scope="module")
def goverify(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier over golang.org/x/mod, built from what the machine has."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    program = tmp_path_factory.mktemp("goverify") / "goverify"
    env = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    built = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=_HERE / "goverify", env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode and not os.environ.get("PARLEY_REQUIRE_GO"):
        pytest.skip(f"what `make clients` fetches is not here: {built.stderr.strip()[-200:]}")
    assert built.returncode == 0, built.stderr
    return program


def test_the_go_libraries_for_transparency_logs_agree(published: Path, goverify: Path) -> None:
    done = _run([str(goverify)], published)
    assert (done.stdout, done.returncode) == ("verified 288 leaves\n", 0)
    for name in ("tile/0/000", "tile/entries/001.p/32", "checkpoint", "submission", "answer"):
        kept = (published / name).read_bytes()
        _flip(published / name)
        assert _run([str(goverify)], published).returncode == 1, name
        (published / name).write_bytes(kept)
