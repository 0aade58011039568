"""The public log over HTTP: C2SP tlog-tiles, its verifier key, the openings, and the door for cosignatures."""

from __future__ import annotations

import gzip
import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import Malformed, TileUnknown
from parley.legal.translog.model import Log
from parley.legal.translog.notes import MAX_NOTE_BYTES, Note
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.rules import Quarter
from parley.legal.translog.tiles import Tile, parse_path
from parley.web.csrf import exempt
from parley.web.parts import Door, Part

PREFIX = "/transparency/log"
_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_JSON = "application/json"
#: What never changes may be kept for ever; what changes is asked for again.
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class LogPages:
    """The log's files. Browsers of other sites may read them too: they are public."""

    def __init__(self, reader: LogReader, witnesses: Witnesses, quarterly: Quarterly) -> None:
        self._reader = reader
        self._witnesses = witnesses
        self._quarterly = quarterly

    async def checkpoint(self, request: Request) -> Response:
        """Serve the newest checkpoint of a log with its cosignatures."""
        return _answer(str(await self._reader.checkpoint(await self._log(request))).encode(), _TEXT)

    async def vkey(self, request: Request) -> Response:
        """Serve the verifier key of a log."""
        return _answer((await self._log(request)).vkey.encode() + b"\n", _TEXT)

    async def tile(self, request: Request) -> Response:
        """Serve a tile of hashes or a bundle of entries of a log, as far as it still exists."""
        log = await self._log(request)
        return _answer(await self._reader.tile(_tile(request.path_params["path"]), log), _BYTES, _FOR_EVER)

    async def _log(self, request: Request) -> Log:
        """The log whose number the path says, which may have ended, or the one of today."""
        number = request.path_params.get("number")
        return await self._reader.log() if number is None else await self._reader.numbered(number)

    async def origins(self, request: Request) -> Response:
        """Serve every log that this server had, where its files are, why each began, and the proof of that."""
        logs = [
            {
                "origin": log.origin,
                "vkey": log.vkey,
                "path": f"origins/{log.log_id}",
                "reason": log.reason,
                "since": log.created_at.isoformat(),
                "announcement": said and said.to_json(),
                "receipt": receipt and receipt.to_json(),
            }
            for log, said, receipt in await self._reader.origins()
        ]
        return _answer(json.dumps({"logs": logs}, indent=1).encode(), _JSON)

    async def witnesses(self, request: Request) -> Response:
        """Serve the verifier keys of the witnesses that are registered, one a line."""
        return _answer("".join(f"{item.vkey}\n" for item in await self._witnesses.all()).encode(), _TEXT)

    async def asked(self, request: Request) -> Response:
        """Serve which witnesses the server asks and where, so that anybody can ask them what they saw."""
        found = await self._witnesses.asked()
        witnesses = [{"name": vkey.partition("+")[0], "vkey": vkey, "url": url} for vkey, url in found]
        return _answer(json.dumps({"witnesses": witnesses}, indent=1).encode(), _JSON)

    async def openings(self, request: Request) -> Response:
        """Serve the list of quarters that are opened."""
        quarters = [
            {"quarter": str(item), "path": f"openings/{item}.json"} for item in await self._quarterly.opened()
        ]
        return _answer(json.dumps({"quarters": quarters}, indent=1).encode(), _JSON)

    async def quarter(self, request: Request) -> Response:
        """Serve a quarter's openings, compressed as they are stored to whoever takes that."""
        document = await self._quarterly.document(_quarter(request.path_params["quarter"]))
        compressed = "gzip" in request.headers.get("accept-encoding", "")
        response = _answer(document if compressed else gzip.decompress(document), _JSON, _FOR_EVER)
        response.headers["vary"] = "accept-encoding"
        if compressed:
            response.headers["content-encoding"] = "gzip"
        return response

    @exempt("witnesses are programs; what they send counts by its signature alone")
    async def cosign(self, request: Request) -> Response:
        """Take in a witness's cosignature: a note with the checkpoint's text and the witness's line."""
        await self._witnesses.accept(Note.parse(await request.body()))
        return _answer(b"taken\n", _TEXT)


def part(reader: LogReader, witnesses: Witnesses, quarterly: Quarterly) -> Part:
    """Give the log's routes and the limits of their doors."""
    pages = LogPages(reader, witnesses, quarterly)
    routes = (
        Route(f"{PREFIX}/checkpoint", pages.checkpoint),
        Route(f"{PREFIX}/vkey", pages.vkey),
        Route(f"{PREFIX}/tile/{{path:path}}", pages.tile),
        Route(f"{PREFIX}/origins.json", pages.origins),
        Route(f"{PREFIX}/origins/{{number:int}}/checkpoint", pages.checkpoint),
        Route(f"{PREFIX}/origins/{{number:int}}/vkey", pages.vkey),
        Route(f"{PREFIX}/origins/{{number:int}}/tile/{{path:path}}", pages.tile),
        Route(f"{PREFIX}/witnesses", pages.witnesses),
        Route(f"{PREFIX}/witnesses.json", pages.asked),
        Route(f"{PREFIX}/openings.json", pages.openings),
        Route(f"{PREFIX}/openings/{{quarter}}.json", pages.quarter),
        Route(f"{PREFIX}/cosignatures", pages.cosign, methods=["POST"]),
    )
    doors = (
        Door(PREFIX, burst=2000, per_second=200.0),
        Door(f"{PREFIX}/cosignatures", max_body=MAX_NOTE_BYTES, burst=20, per_second=0.2),
    )
    return Part("translog", routes, doors)


def _tile(path: str) -> Tile:
    try:
        return parse_path(f"tile/{path}")
    except Malformed:
        raise TileUnknown("the log has no such tile") from None


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except Malformed:
        raise TileUnknown("a quarter is written like 2026Q4") from None


def _answer(body: bytes, media_type: str, cache: str = _ASK_AGAIN) -> Response:
    headers = {
        "cache-control": cache,
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    return Response(body, media_type=media_type, headers=headers)
