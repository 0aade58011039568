"""The custodians' HTTP interface: JSON, no cookies, every call signed with the custodian's own key.

Thin on purpose: it reads the request, asks the door that `app` gave it, and writes the answer. It knows
nothing of vault or release; what passes here is sealed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from parley.core.errors import Invalid, ParleyError
from parley.web.csrf import exempt
from parley.web.parts import MIB, Door, Part
from parley.web.problems import status_of

PREFIX = "/custodian/api"
JSON = dict[str, Any]


class CustodianDoor(Protocol):
    """What stands behind the interface: `legal.disclosure.door.CustodianDoor`."""

    async def time(self) -> JSON:
        """The server's time in seconds, which tools sign into their calls."""
        ...

    async def invitation(self, token: str) -> JSON:
        """What a new custodian's tool shows before it enrols: whose token it is, and what there is to pin."""
        ...

    async def enrol(self, raw: Mapping[str, Any]) -> JSON:
        """Register a custodian's public keys."""
        ...

    async def authenticate(
        self, custodian_id: str, method: str, target: str, at: str, nonce: str, signature: str, body: bytes
    ) -> str:
        """Check a signed call; gives the custodian's id."""
        ...

    async def directory(self, custodian_id: str) -> JSON:
        """What there is to pin, and how the server knows this custodian."""
        ...

    async def releases(self, custodian_id: str) -> JSON:
        """The releases that wait for custodians."""
        ...

    async def package(self, custodian_id: str, release_id: str) -> JSON:
        """The package of one release."""
        ...

    async def peeled(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take what a custodian hands on."""
        ...

    async def manifest(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Sign the last custodian's manifest."""
        ...

    async def delivery(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take the sealed delivery."""
        ...

    async def refusal(self, custodian_id: str, release_id: str, raw: Mapping[str, Any]) -> JSON:
        """Record that a tool refused."""
        ...

    async def cosignatures(self, custodian_id: str) -> JSON:
        """The checkpoints that custodians have cosigned last; the public does not see them."""
        ...

    async def cosign(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take a cosigned checkpoint."""
        ...

    async def rotation_begin(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Begin a change of keys."""
        ...

    async def rotation_page(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """The next shares to move."""
        ...

    async def rotation_rewrap(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take moved shares."""
        ...

    async def rotation_needed(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """How many open releases hold something that was handed to this custodian, perhaps under an old key."""
        ...

    async def rewrap_begin(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Begin to re-wrap older days for a successor."""
        ...

    async def rewrap_page(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """The next keys that this custodian has a part to do for."""
        ...

    async def rewrap_give(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take the first custodian's parts."""
        ...

    async def rewrap_answer(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take the second custodian's parts."""
        ...

    async def policy(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """Take note of how many cosignatures a custodian's tool demands, for the desk to show."""
        ...

    async def rotation_finish(self, custodian_id: str, raw: Mapping[str, Any]) -> JSON:
        """End a change of keys."""
        ...


class BadJson(Invalid):
    """The body is no JSON object."""


Open = Callable[[Request], Awaitable[JSON]]
Signed = Callable[[str, str, JSON], Awaitable[JSON]]


class CustodianApi:
    """The handlers."""

    def __init__(self, door: CustodianDoor) -> None:
        self._door = door

    def open(self, answer: Open) -> Callable[[Request], Awaitable[Response]]:
        """Make a handler of a call that nobody has to sign: the time, and an enrolment with its token."""

        @exempt("custodians' tools are programs; an enrolment counts by its one-time token")
        async def handler(request: Request) -> Response:
            return await _answer(lambda: answer(request))

        return handler

    def signed(self, answer: Signed) -> Callable[[Request], Awaitable[Response]]:
        """Make a handler of a call that only a custodian can make."""

        @exempt("custodians' tools are programs; a call counts by its signature alone")
        async def handler(request: Request) -> Response:
            async def run() -> JSON:
                body = await request.body()
                custodian_id = await self._authenticate(request, body)
                return await answer(custodian_id, request.path_params.get("release_id", ""), _object(body))

            return await _answer(run)

        return handler

    async def _authenticate(self, request: Request, body: bytes) -> str:
        def header(name: str) -> str:
            return request.headers.get(f"parley-{name}", "")

        query = f"?{request.url.query}" if request.url.query else ""
        return await self._door.authenticate(
            header("custodian"), request.method, request.url.path + query, header("time"), header("nonce"),
            header("signature"), body,
        )  # fmt: skip

    async def time(self, request: Request) -> JSON:
        """Tell the server's time."""
        return await self._door.time()

    async def invitation(self, request: Request) -> JSON:
        """Show whose token it is and what there is to pin; the token stands in the body, never in a log."""
        return await self._door.invitation(str(_object(await request.body()).get("token", "")))

    async def enrol(self, request: Request) -> JSON:
        """Register public keys."""
        return await self._door.enrol(_object(await request.body()))


def _simple(ask: Callable[[str], Awaitable[JSON]]) -> Signed:
    @wraps(ask)
    async def answer(custodian_id: str, release_id: str, raw: JSON) -> JSON:
        return await ask(custodian_id)

    return answer


def _own(ask: Callable[[str, Mapping[str, Any]], Awaitable[JSON]]) -> Signed:
    @wraps(ask)
    async def answer(custodian_id: str, release_id: str, raw: JSON) -> JSON:
        return await ask(custodian_id, raw)

    return answer


def _read(ask: Callable[[str, str], Awaitable[JSON]]) -> Signed:
    @wraps(ask)
    async def answer(custodian_id: str, release_id: str, raw: JSON) -> JSON:
        return await ask(custodian_id, release_id)

    return answer


def part(door: CustodianDoor) -> Part:
    """Give the interface's routes and the limits of its doors."""
    api = CustodianApi(door)
    release = f"{PREFIX}/releases/{{release_id}}"
    routes = (
        Route(f"{PREFIX}/time", api.open(api.time)),
        Route(f"{PREFIX}/invitation", api.open(api.invitation), methods=["POST"]),
        Route(f"{PREFIX}/enrol", api.open(api.enrol), methods=["POST"]),
        Route(f"{PREFIX}/directory", api.signed(_simple(door.directory))),
        Route(f"{PREFIX}/releases", api.signed(_simple(door.releases))),
        Route(f"{release}/package", api.signed(_read(door.package))),
        Route(f"{release}/peeled", api.signed(door.peeled), methods=["POST"]),
        Route(f"{release}/manifest", api.signed(door.manifest), methods=["POST"]),
        Route(f"{release}/delivery", api.signed(door.delivery), methods=["POST"]),
        Route(f"{release}/refusal", api.signed(door.refusal), methods=["POST"]),
        Route(f"{PREFIX}/cosignatures", api.signed(_simple(door.cosignatures))),
        Route(f"{PREFIX}/cosignatures", api.signed(_own(door.cosign)), methods=["POST"]),
        Route(f"{PREFIX}/rotation/begin", api.signed(_own(door.rotation_begin)), methods=["POST"]),
        Route(f"{PREFIX}/rotation/page", api.signed(_own(door.rotation_page)), methods=["POST"]),
        Route(f"{PREFIX}/rotation/rewrap", api.signed(_own(door.rotation_rewrap)), methods=["POST"]),
        Route(f"{PREFIX}/rewrap/begin", api.signed(_own(door.rewrap_begin)), methods=["POST"]),
        Route(f"{PREFIX}/rewrap/page", api.signed(_own(door.rewrap_page)), methods=["POST"]),
        Route(f"{PREFIX}/rewrap/give", api.signed(_own(door.rewrap_give)), methods=["POST"]),
        Route(f"{PREFIX}/rewrap/answer", api.signed(_own(door.rewrap_answer)), methods=["POST"]),
        Route(f"{PREFIX}/policy", api.signed(_own(door.policy)), methods=["POST"]),
        Route(f"{PREFIX}/rotation/needed", api.signed(_own(door.rotation_needed)), methods=["POST"]),
        Route(f"{PREFIX}/rotation/finish", api.signed(_own(door.rotation_finish)), methods=["POST"]),
    )
    doors = (
        Door(PREFIX, max_body=4 * MIB, burst=120, per_second=10.0),
        Door(f"{PREFIX}/releases", max_body=40 * MIB, burst=120, per_second=10.0),
        Door(f"{PREFIX}/enrol", burst=10, per_second=0.1),
        Door(f"{PREFIX}/invitation", burst=10, per_second=0.1),
    )
    return Part("custodian_api", routes, doors)


async def _answer(run: Callable[[], Awaitable[JSON]]) -> Response:
    """Answer in JSON; a refusal names its kind, which the tool turns into an exit code."""
    headers = {"cache-control": "no-store"}
    try:
        return JSONResponse(await run(), headers=headers)
    except ParleyError as error:
        refusal = {"error": type(error).__name__, "message": str(error)}
        return JSONResponse(refusal, status_of(error), headers=headers)


def _object(body: bytes) -> JSON:
    try:
        raw = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise BadJson("the body is no JSON") from None
    if not isinstance(raw, dict):
        raise BadJson("the body is no JSON object")
    return raw
