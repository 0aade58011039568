"""A witness over HTTP, as any log and any onlooker meets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from parley.app.witness import serving
from parley.app.witness.cosigner import Cosigner
from parley.app.witness.memory import Memory
from parley.core.clock import ManualClock
from parley.legal.translog.checkpoints import verify_checkpoint
from parley.legal.translog.errors import Malformed
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.translog.submission import MAX_BYTES, name_of
from tests.app.witness.conftest import AskingLog

_KEY = SignerKey("witness.example/w", COSIGNATURE_V1, bytes(32))
_LOG = AskingLog()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def http(tmp_path: Path, clock: ManualClock, said: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    with Memory(tmp_path / "state") as memory:
        app = serving.application(Cosigner([_KEY], [_LOG.key.verifier], memory, clock), said.append)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://w.example") as client:
            yield client


async def test_a_checkpoint_is_cosigned_and_can_be_read_by_anybody(
    http: httpx.AsyncClient, said: list[str]
) -> None:
    answer = await http.post("/add-checkpoint", content=_LOG.ask(0, 9))
    assert answer.status_code == 200
    seen = await http.get(f"/{name_of(_LOG.key.name)}/checkpoint")
    assert seen.text == str(_LOG.note(9)) + answer.text
    verify_checkpoint(seen.content, _LOG.key.verifier, [_KEY.verifier], 1)
    assert (await http.get("/vkeys")).text == f"{_KEY.verifier}\n"
    assert said == ["cosigned log.example/one at 9 leaves"]


async def test_what_nobody_asked_about_is_not_there(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/{name_of(_LOG.key.name)}/checkpoint")).status_code == 404
    assert (await http.get(f"/{name_of('other')}/checkpoint")).status_code == 404
    assert (await http.get("/add-checkpoint")).status_code == 405


async def test_the_size_of_a_conflict_has_its_own_type(http: httpx.AsyncClient, said: list[str]) -> None:
    answer = await http.post("/add-checkpoint", content=_LOG.ask(5, 9))
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (409, "text/x.tlog.size", "0\n")
    assert said == ["refused with 409: 0"]


async def test_a_body_without_end_is_not_read(http: httpx.AsyncClient) -> None:
    assert (await http.post("/add-checkpoint", content=bytes(MAX_BYTES + 1))).status_code == 413


async def test_a_damaged_memory_is_said_to_the_witness_and_not_guessed(
    http: httpx.AsyncClient, said: list[str], tmp_path: Path
) -> None:
    await http.post("/add-checkpoint", content=_LOG.ask(0, 9))
    (tmp_path / "state" / name_of(_LOG.key.name)).write_text("x")
    assert (await http.post("/add-checkpoint", content=_LOG.ask(9, 16))).status_code == 500
    assert said[-1].startswith("NOT COSIGNED")


def test_the_file_of_logs_has_comments(tmp_path: Path) -> None:
    path = tmp_path / "logs"
    path.write_text(f"# ours\n\n{_LOG.key.verifier}\n")
    assert serving.read_logs(path) == [_LOG.key.verifier]
    path.write_text("nonsense\n")
    with pytest.raises(Malformed, match="not a log's key"):
        serving.read_logs(path)
