"""`parley witness serve`: a witness over HTTP, which any log that it knows asks for cosignatures."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.app.log_verify.errors import StateDamaged
from parley.app.witness.cosigner import Cosigner
from parley.core.listening import address_of, listen, shown
from parley.legal.translog.errors import Malformed
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.submission import MAX_BYTES, PATH

_TEXT = "text/plain; charset=utf-8"
_MOST_CONNECTIONS = 200


def application(cosigner: Cosigner, say: Callable[[str], None]) -> Starlette:
    """Give the witness's pages. `say` hears what an operator of the witness should know."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _bounded(request)
        if body is None:
            return Response("too much\n", 413, media_type=_TEXT)
        try:
            verdict = await asyncio.to_thread(cosigner.submit, body)
        except StateDamaged as error:
            say(f"NOT COSIGNED: {error}")
            return Response("this witness cannot read its memory\n", 500, media_type=_TEXT)
        if verdict.cosigned is not None:
            say(f"cosigned {verdict.cosigned.origin} at {verdict.cosigned.size} leaves")
        elif verdict.status not in (400, 404):
            say(f"refused with {verdict.status}: {verdict.body.strip()}")
        return Response(verdict.body, verdict.status, {"content-type": verdict.media_type})

    async def latest(request: Request) -> Response:
        note = await asyncio.to_thread(cosigner.latest, request.path_params["name"])
        if note is None:
            return Response("no checkpoint of this log was cosigned here\n", 404, media_type=_TEXT)
        return Response(str(note), headers={"cache-control": "no-cache"}, media_type=_TEXT)

    async def keys(request: Request) -> Response:
        return Response("".join(f"{key}\n" for key in cosigner.keys), media_type=_TEXT)

    return Starlette(
        routes=[
            Route(f"/{PATH}", add_checkpoint, methods=["POST"]),
            Route("/{name:str}/checkpoint", latest),
            Route("/vkeys", keys),
        ]
    )


def serve(cosigner: Cosigner, host: str, port: int) -> int:
    """Serve until the process is told to stop; prints one line when connections are accepted."""
    with closing(listen(host, port)) as listener:
        server = _Announced(
            uvicorn.Config(
                application(cosigner, _say),
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="off",
                limit_concurrency=_MOST_CONNECTIONS,
            )
        )
        server.run(sockets=[listener])
    return 0


def read_logs(path: Path) -> list[VerifierKey]:
    """Read the file of the logs' keys: one a line; empty lines and those that begin with # do not count.

    Raises:
        Malformed: a line is no key.
        OSError: it cannot be read.
    """
    lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    keys = []
    for line in lines:
        if line and not line.startswith("#"):
            try:
                keys.append(VerifierKey.parse(line))
            except Malformed:
                raise Malformed(f"{path}: not a log's key: {line[:80]}") from None
    return keys


class _Announced(uvicorn.Server):
    """Says where it listens once it does, and ends well when it is told to stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and self.started:
            _say(f"ready witness=http://{shown(address_of(sockets[0]))}")


async def _bounded(request: Request) -> bytes | None:
    chunks: list[bytes] = []
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > MAX_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
