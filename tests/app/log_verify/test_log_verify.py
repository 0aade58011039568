"""Anybody verifies a real server's log from outside, and every lie of the server ends with exit code 1."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from parley.app.log_verify import command
from parley.app.log_verify.errors import LogUnreachable
from parley.app.log_verify.fetching import LogClient
from parley.app.witness import command as witness_command
from parley.core.clock import ManualClock
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.public.translog import part
from parley.web.site import Site


@dataclass
class _Served:
    """A log behind a real HTTP server on loopback."""

    url: str
    translog: Translog
    quarterly: Quarterly
    reader: LogReader
    witnesses: Witnesses
    clock: ManualClock
    pools: Pools
    disturbed: str | None = None
    """A part of the paths that are answered with 503 for now."""

    async def batch(self) -> None:
        self.clock.advance(3600)
        await self.translog.write_due()

    async def verify(self, *options: object) -> int:
        parser = argparse.ArgumentParser()
        command.configure(parser)
        arguments = parser.parse_args(["verify", self.url, *map(str, options)])
        return await asyncio.to_thread(command.run, arguments)

    async def followed(self, state: Path) -> Path:
        """What somebody remembers who has verified the log's next batch."""
        await self.batch()
        assert await self.verify("--state", state) == 0
        return state

    async def witness(self, *options: object) -> int:
        parser = argparse.ArgumentParser()
        witness_command.configure(parser)
        arguments = parser.parse_args([str(item) for item in options])
        return await asyncio.to_thread(witness_command.run, arguments, self.clock)


@pytest.fixture
async def served(pools: Pools, clock: ManualClock, data_dir: Path) -> AsyncIterator[_Served]:
    database = pools.of("log")
    translog = Translog(database, clock, data_dir / "log", "localhost/transparency/log")
    reader, witnesses = LogReader(database), Witnesses(database, clock)
    quarterly = Quarterly(database, clock, closed=8)
    await translog.open()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = build(Site(url, clock, bytes(32)), [part(reader, witnesses, quarterly)])
        made = _Served(url, translog, quarterly, reader, witnesses, clock, pools)

        async def disturbing(scope: Scope, receive: Receive, send: Send) -> None:
            disturbed = made.disturbed is not None and made.disturbed in scope["path"]
            await (Response(status_code=503) if disturbed else app)(scope, receive, send)

        server = uvicorn.Server(uvicorn.Config(disturbing, log_level="critical", lifespan="off"))
        running = asyncio.ensure_future(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110  uvicorn offers no event for it
            await asyncio.sleep(0.01)
        yield made
        server.should_exit = True
        await running


def _order(ref: str) -> Opening:
    return Opening(Stage.RECEIVED, order_ref=ref, country="DE", instrument="national_court")


async def test_a_stranger_verifies_a_new_log_and_its_growth(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state.json"
    assert await served.verify("--state", state) == 0
    assert "first visit" in capsys.readouterr().out
    for number in range(17):
        await served.translog.append(_order(f"r{number}"))
        await served.batch()
    assert await served.verify("--state", state) == 0
    said = capsys.readouterr().out
    assert "272 leaves in 17 batches" in said
    assert "first visit" not in said
    assert json.loads(state.read_text())["checkpoint"]["size"] == 272


async def test_openings_and_a_receipt_verify(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = await served.translog.append(_order("mine"))
    await served.batch()
    receipt = tmp_path / "receipt.json"
    receipt.write_text("receipt.json:\n" + (await served.reader.proof_for(entry)).serialize())
    served.clock.set(Quarter.of(served.clock.now()).end)
    await served.quarterly.publish_due()
    await served.batch()
    assert await served.verify("--receipt", receipt) == 0
    said = capsys.readouterr().out
    assert "receipt: leaf" in said
    assert '"order_ref":"mine"' in said
    assert "8 leaves opened in 1 quarters" in said


async def test_a_doctored_receipt_ends_with_exit_code_1(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = await served.translog.append(_order("mine"))
    await served.batch()
    raw: dict[str, Any] = (await served.reader.proof_for(entry)).to_json()
    raw["opening"]["order_ref"] = "other"
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(raw))
    assert await served.verify("--receipt", receipt) == 1
    assert "MISMATCH: the leaf commits to another opening" in capsys.readouterr().err
    assert await served.verify("--receipt", tmp_path / "absent.json") == 1


async def test_a_receipt_outlives_its_log(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new log, whatever became of the old one's tiles, does not take from a person what they can prove."""
    entry = await served.translog.append(_order("mine"))
    await served.batch()
    receipt, state = tmp_path / "receipt.json", tmp_path / "state.json"
    receipt.write_text((await served.reader.proof_for(entry)).serialize())
    await served.translog.new_origin("the disk failed", "staff:ann")
    ask = ("--receipt", receipt, "--state", state)
    assert await served.verify(*ask) == 1
    assert "has not entered yet which log came before it" in capsys.readouterr().err
    await served.batch()
    assert await served.verify(*ask) == 0
    assert "what you have is a past of what it showed last" in capsys.readouterr().out
    owner = served.pools.of("owner")
    await owner.execute("UPDATE translog.hashes SET hash = $1 WHERE log_id = 1 AND position = 5", bytes(32))
    assert await served.verify(*ask) == 1
    await owner.execute("DELETE FROM translog.hashes WHERE log_id = 1")
    assert await served.verify(*ask) == 0
    assert "its tiles are lost: what you have holds by itself" in capsys.readouterr().out
    raw = json.loads(receipt.read_text())
    raw["opening"]["order_ref"] = "other"
    receipt.write_text(json.dumps(raw))
    assert await served.verify(*ask) == 1


async def test_a_follower_is_told_of_a_new_log_and_goes_on_only_with_its_proof(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = await served.followed(tmp_path / "state.json")
    before = state.read_text()
    await served.translog.new_origin("the disk failed", "staff:ann")
    assert await served.verify("--state", state, "--accept-new-log") == 1
    assert "has not entered yet which log came before it" in capsys.readouterr().err
    await served.batch()
    assert await served.verify("--state", state) == 1
    said = capsys.readouterr().err
    assert "because: the disk failed" in said
    assert "--accept-new-log" in said
    assert state.read_text() == before
    owner = served.pools.of("owner")
    await owner.execute("UPDATE translog.hashes SET hash = $1 WHERE log_id = 1 AND position = 5", bytes(32))
    assert await served.verify("--state", state, "--accept-new-log") == 1, "what is left contradicts what was seen"
    await owner.execute("DELETE FROM translog.hashes WHERE log_id = 1")
    assert await served.verify("--state", state, "--accept-new-log") == 0
    assert "it goes on as localhost/transparency/log/2" in capsys.readouterr().out
    assert await served.verify("--state", state) == 0


async def test_a_server_in_trouble_does_not_make_a_follower_forget_the_ended_log(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever could answer 503 for a while would get rid of what somebody holds against the old log."""
    state = await served.followed(tmp_path / "state.json")
    before = state.read_text()
    await served.translog.new_origin("the disk failed", "staff:ann")
    await served.batch()
    for served.disturbed in ("origins/1/checkpoint", "origins/1/tile/"):
        assert await served.verify("--state", state, "--accept-new-log") == 1
        said = capsys.readouterr()
        assert "NOT VERIFIED" in said.err
        assert "503" in said.err
        assert "lost" not in said.out + said.err
        assert state.read_text() == before
    served.disturbed = None
    assert await served.verify("--state", state, "--accept-new-log") == 0
    assert "what you have is a past of what it showed last" in capsys.readouterr().out


async def test_a_changed_leaf_or_tile_ends_with_exit_code_1(
    served: _Served, capsys: pytest.CaptureFixture[str]
) -> None:
    await served.batch()
    owner = served.pools.of("owner")
    kept = await owner.fetchval("SELECT leaf FROM translog.leaves WHERE leaf_index = 5")
    await owner.execute(
        "UPDATE translog.leaves l SET leaf = o.leaf FROM translog.leaves o"
        " WHERE o.leaf_index = 4 AND l.leaf_index = 5"
    )
    assert await served.verify() == 1
    await owner.execute("UPDATE translog.leaves SET leaf = $1 WHERE leaf_index = 5", kept)
    assert await served.verify() == 0
    await owner.execute("UPDATE translog.hashes SET hash = $1 WHERE position = 5", bytes(32))
    assert await served.verify() == 1
    assert "MISMATCH: tile/entries/000.p/16 contradicts its tile of hashes" in capsys.readouterr().err


async def test_a_log_that_shrank_or_changed_its_key_is_found(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = await served.followed(tmp_path / "state.json")
    raw = json.loads(state.read_text())
    raw["checkpoint"]["size"] = 32
    state.write_text(json.dumps(raw))
    assert await served.verify("--state", state) == 1
    assert "had 32 leaves" in capsys.readouterr().err
    state.write_text("{}")
    assert await served.verify("--state", state) == 1
    await served.translog.new_origin("a drill", "staff:ann")
    state.write_text(json.dumps({"vkey": raw["vkey"]}))
    assert await served.verify("--state", state) == 1
    assert await served.verify() == 0


async def test_a_witness_cosigns_and_a_verifier_can_demand_it(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, state = tmp_path / "w.key", tmp_path / "w.json"
    assert await served.witness("key", "--name", "witness.example/w1", "--key", key) == 0
    vkey = capsys.readouterr().out.strip()
    assert key.stat().st_mode & 0o077 == 0
    assert await served.witness("key", "--name", "witness.example/w1", "--key", key) == 1
    run = ("run", served.url, "--key", key, "--state", state, "--once")
    assert await served.witness(*run) == 1, "a stranger's cosignature is not taken"
    await served.witnesses.register(vkey, "staff:ann")
    await served.batch()
    assert await served.verify("--witness", vkey, "--cosignatures", 1) == 1
    assert await served.witness(*run) == 0
    assert await served.witness(*run) == 0
    assert await served.verify("--witness", vkey, "--cosignatures", 1) == 0
    assert "cosigned by witness.example/w1" in capsys.readouterr().out


async def test_a_witness_never_cosigns_a_second_history(
    served: _Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, state = tmp_path / "w.key", tmp_path / "w.json"
    await served.witness("key", "--name", "w", "--key", key)
    await served.witnesses.register(capsys.readouterr().out.strip(), "staff:ann")
    await served.batch()
    run = ("run", served.url, "--key", key, "--state", state, "--once")
    assert await served.witness(*run) == 0
    raw = json.loads(state.read_text())
    raw["checkpoint"]["root"] = "A" * 43 + "="
    state.write_text(json.dumps(raw))
    await served.batch()
    assert await served.witness(*run) == 1
    assert "NOT COSIGNED" in capsys.readouterr().err


async def test_an_unreachable_or_foreign_address_is_said_plainly(
    served: _Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.url = "http://127.0.0.1:9"
    assert await served.verify() == 1
    served.url = "ftp://example.org"
    assert await served.verify() == 1
    assert "NOT VERIFIED" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", ["https://w.example:abc", "https://[2001:db8::1", "https://a..b", "https://w\x7f"]
)
async def test_an_address_that_is_none_is_said_plainly(
    served: _Served, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    """Also where the log itself lists it: no server makes a verifier fall over."""
    assert await served.verify("--ask", wrong) == 1
    assert "NOT VERIFIED" in capsys.readouterr().err
    served.url = wrong
    assert await served.verify() == 1
    assert "NOT VERIFIED" in capsys.readouterr().err
    with pytest.raises(LogUnreachable), LogClient(wrong) as log:
        log.post("cosignatures", "")
