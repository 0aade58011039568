"""Fetches a log's public files over HTTP, bounded in size and time, for the verifier and the witness."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx

from parley.app.log_verify.errors import LogUnreachable
from parley.legal.translog.addresses import is_http_address

LOG_PATH = "/transparency/log"
_TIMEOUT_S = 20.0
_MOST_BYTES = 64 * 1024 * 1024
#: The client says in two more ways that an address is none: beside its own tree, and by the codec of host names.
_NO_ANSWER = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)


def log_url(url: str) -> str:
    """Give the log's prefix for a server's address or for the prefix itself.

    Raises:
        LogUnreachable: not an HTTP address.
    """
    base = _address(url)
    return base if base.endswith(LOG_PATH) else base + LOG_PATH


class LogClient:
    """Reads files under a log's prefix; call it with a path."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = log_url(url)
        self._open(transport)

    def _open(self, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(timeout=_TIMEOUT_S, transport=transport, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def __call__(self, path: str) -> bytes:
        """Fetch one file.

        Raises:
            LogUnreachable: no answer, an error status, or too much data.
        """
        try:
            with self._http.stream("GET", f"{self.url}/{path}") as response:
                if response.status_code != 200:
                    raise LogUnreachable(f"{path}: the answer is {response.status_code}", response.status_code)
                return _read(response, path)
        except _NO_ANSWER as error:
            raise LogUnreachable(f"{path}: {type(error).__name__}") from error

    def post(self, path: str, body: str) -> None:
        """Send a text.

        Raises:
            LogUnreachable: no answer, or the log refuses it.
        """
        try:
            response = self._http.post(
                f"{self.url}/{path}", content=body.encode(), headers={"content-type": "text/plain; charset=utf-8"}
            )
        except _NO_ANSWER as error:
            raise LogUnreachable(f"{path}: {type(error).__name__}") from error
        if response.status_code >= 300:
            raise LogUnreachable(f"{path}: the log answers {response.status_code}: {response.text[:300]}")


class WitnessClient(LogClient):
    """Reads what a witness shows under its own prefix."""

    def __init__(self, url: str) -> None:
        self.url = _address(url)
        self._open()


def fetch_once(url: str) -> Callable[[str], bytes]:
    """Give a reader of single files of a witness, which keeps no connection."""

    def fetch(path: str) -> bytes:
        with WitnessClient(url) as client:
            return client(path)

    return fetch


def _address(url: str) -> str:
    if not is_http_address(url):
        raise LogUnreachable(f"{url!r} is no http or https address")
    return url.rstrip("/")


def _read(response: httpx.Response, path: str) -> bytes:
    chunks: list[bytes] = []
    total = 0
    for chunk in response.iter_bytes():
        total += len(chunk)
        if total > _MOST_BYTES:
            raise LogUnreachable(f"{path}: the log sends too much")
        chunks.append(chunk)
    return b"".join(chunks)
