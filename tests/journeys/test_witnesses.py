"""Two people outside of the operator watch a real server's log: it is cosigned by both, and no past comes back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journeys import witness_process
from tests.journeys.server_process import RunningServer, Start, parley
from tests.journeys.waiting import until
from tests.journeys.witness_process import RunningWitness, StartWitness


@pytest.fixture
async def start_witness() -> AsyncIterator[StartWitness]:
    """Starts witnesses; what still runs when the test is over, or has failed, is killed."""
    async with witness_process.starting() as start:
        yield start


async def _log(server: RunningServer, path: str) -> str:
    async with server.visitor() as http:
        answer = await http.get(f"/transparency/log/{path}")
        answer.raise_for_status()
        return answer.text


async def _signers(server: RunningServer) -> tuple[int, set[str]]:
    """The size of the newest checkpoint and who signed it."""
    text, _, lines = (await _log(server, "checkpoint")).partition("\n\n")
    return int(text.split("\n")[1]), {line.split(" ")[1] for line in lines.splitlines()}


async def _verify(server: RunningServer, tmp_path: Path, *witnesses: RunningWitness) -> tuple[int, str]:
    trust = [part for item in witnesses for part in ("--witness", item.vkey)]
    return await parley("log", "verify", server.url, *trust, "--cosignatures", str(len(witnesses)), cwd=tmp_path)


async def _let_pass(server: RunningServer, hours: int) -> None:
    """Come to a minute after an hour, as its batch is written: the next one is due when this test is long over.

    The clock is the machine's own when the server has just started.
    """
    now = datetime.now(UTC)
    await server.advance_clock(hours * 3600 + 60 - now.minute * 60 - now.second)


async def _grow(server: RunningServer, hours: int, *signers: str) -> int:
    """Let the next batch come, and wait until these have signed it; the size of the log then."""
    before, _ = await _signers(server)
    await _let_pass(server, hours)
    size, _ = await until(
        lambda: _signers(server), lambda seen: seen[0] > before and seen[1] == set(signers), what="signatures"
    )
    return size


@pytest.mark.timeout(600)
async def test_two_witnesses_cosign_a_server_and_never_a_second_history(
    tmp_path: Path, start_server: Start, start_witness: StartWitness
) -> None:
    data, kept = tmp_path / "data", tmp_path / "kept"
    server = await start_server(data)
    key = (await _log(server, "vkey")).strip()
    everybody = (key.partition("+")[0], "w1.example/anna", "w2.example/bert")
    witnesses = [await start_witness(tmp_path / name[:2], name, key) for name in everybody[1:]]
    for witness in witnesses:
        registered = ("register", witness.vkey, "--url", witness.url, "--data-dir", str(data))
        code, said = await parley("witness", *registered, cwd=tmp_path)
        assert code == 0, said
    first = await _grow(server, 2, *everybody)
    await server.stop()
    await _copy(data, kept)

    server = await start_server(data)
    size = await _grow(server, 4, *everybody)
    assert size == first + 16
    code, said = await _verify(server, tmp_path, *witnesses)
    assert (code, said.count("cosigned by")) == (0, 2), said
    code, said = await parley("log", "verify", server.url, "--ask-listed", cwd=tmp_path)
    assert (code, said.count(f"saw the same log at {size} leaves")) == (0, 2), said

    await server.stop()  # and now the operator takes back the last hour, the signer's memory too
    shutil.rmtree(data)
    kept.rename(data)
    server = await start_server(data)
    await _let_pass(server, 4)
    await until(server.log.read_text, lambda text: text.count("holds another history of the public log") == 2)
    assert await _signers(server) == (size, {everybody[0]})
    assert (await _verify(server, tmp_path, *witnesses))[0] == 1
    asked = [part for witness in witnesses for part in ("--ask", witness.url)]
    code, said = await parley("log", "verify", server.url, *asked, cwd=tmp_path)
    assert (code, said.count(f"saw {size} leaves with the root")) == (1, 3), said
    ended = [await witness.stop() for witness in witnesses]
    assert ended == [0, 0], "\n".join(witness.log.read_text()[-4000:] for witness in witnesses)
    assert await server.stop() == 0


async def _copy(source: Path, target: Path) -> None:
    """With owners and modes, which an embedded database depends on."""
    process = await asyncio.create_subprocess_exec("cp", "-a", str(source), str(target))
    assert await process.wait() == 0
