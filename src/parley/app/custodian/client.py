"""The one connection of a custodian's tool: signed calls to the server, and the public log's files."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from parley.app.custodian.errors import NotYet, Refused, ServerFailed, ServerRefused, ToolError
from parley.core.settings import is_loopback
from parley.legal.disclosure import calls
from parley.legal.disclosure.calls import Call
from parley.legal.disclosure.package import encode

_API = "/custodian/api"
_LOG = "/transparency/log"
_TIMEOUT_S = 60.0
_LARGEST_ANSWER = 200 * 1024 * 1024
#: What the server refuses because an earlier step is missing.
_NOT_YET = frozenset({"ReleaseNotReady", "EntryPending"})


class Client:
    """Calls one server and follows no redirect anywhere else."""

    def __init__(self, server: str, custodian_id: str = "", sign: Ed25519PrivateKey | None = None) -> None:
        self._server = check_server(server)
        self._custodian_id = custodian_id
        self._sign = sign
        self._http = httpx.Client(
            base_url=self._server, timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def open(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call that needs no signature (an enrolment).

        Raises:
            ServerFailed, NotYet: the server cannot be reached or refuses.
        """
        return self._answer("POST", _API + path, json.dumps(body).encode(), {})

    def get(self, path: str) -> dict[str, Any]:
        """Make a signed GET call.

        Raises:
            ServerFailed, NotYet: the server cannot be reached or refuses.
        """
        return self._signed("GET", _API + path, b"")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a signed POST call.

        Raises:
            ServerFailed, NotYet: the server cannot be reached or refuses.
        """
        return self._signed("POST", _API + path, json.dumps(body).encode())

    def pages(self, path: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Make signed POST calls for one page after the other, each when the one before has been worked through.

        Raises:
            ServerFailed, NotYet: the server cannot be reached or refuses.
        """
        after = None
        while True:
            page = self.post(path, {**body, "after": after})
            yield page
            after = page.get("after")
            if after is None:
                return

    def log(self, path: str) -> bytes:
        """Fetch a file of the public log.

        Raises:
            ServerFailed: it cannot be had.
        """
        return self._send("GET", f"{_LOG}/{path}", b"", {}).content

    def cosign(self, note: str) -> None:
        """Hand in a cosigned checkpoint, for the other custodians alone: its time would tell the public of work.

        Raises:
            ServerFailed: the server does not take it.
        """
        self.post("/cosignatures", {"note": note})

    def _signed(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        if self._sign is None:
            raise Refused("this call needs a key")
        now = self._answer("GET", _API + "/time", b"", {})["now"]
        call = Call(self._custodian_id, method, target, int(now), secrets.token_hex(16), body)
        headers = {
            "parley-custodian": call.custodian_id,
            "parley-time": str(call.at),
            "parley-nonce": call.nonce,
            "parley-signature": encode(calls.sign(call, self._sign)),
        }
        return self._answer(method, target, body, headers)

    def _answer(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        try:
            raw = self._send(method, target, body, {**headers, "accept": "application/json"}).json()
        except ValueError:
            raise ServerFailed("the server answered with something else than JSON") from None
        if not isinstance(raw, dict):
            raise ServerFailed("the server answered with something else than a JSON object")
        return raw

    def _send(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        try:
            response = self._http.request(method, target, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise ServerFailed(f"{self._server} cannot be reached ({type(error).__name__})") from None
        if len(response.content) > _LARGEST_ANSWER:
            raise ServerFailed("the server's answer is too large")
        if response.status_code != httpx.codes.OK:
            raise _refusal(response)
        return response


def check_server(url: str) -> str:
    """Give a server's address without its last slash; only https, or http on this machine.

    Raises:
        Refused: the connection could be read on its way.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and parts.hostname and is_loopback(parts.hostname):
        return url.rstrip("/")
    raise Refused("the server's address begins with https:// (http:// on this machine only)")


def _refusal(response: httpx.Response) -> ToolError:
    try:
        raw = response.json()
        kind, message = str(raw["error"]), str(raw["message"])
    except (ValueError, KeyError, TypeError):
        return ServerFailed(f"the server answered {response.status_code}")
    if kind in _NOT_YET:
        return NotYet(message)
    return ServerRefused(f"the server refuses: {message}")
