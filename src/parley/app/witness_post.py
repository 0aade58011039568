"""Fills the log's port `WitnessPost`: one HTTP client for all witnesses, bounded in time and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parley.legal.translog.addresses import is_http_address
from parley.legal.translog.notes import MAX_NOTE_BYTES
from parley.legal.translog.ports import Answer, WitnessUnreachable

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 10.0


class HttpPost:
    """Posts to witnesses; connections are kept open between two checkpoints where a witness allows it."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    async def __call__(self, url: str, body: bytes) -> Answer:
        """See the port."""
        import httpx  # a quarter of a second that only servers with witnesses should spend

        self._http = self._http or httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False)
        if not is_http_address(url):
            raise WitnessUnreachable("its address is none")
        headers = {"content-type": "text/plain; charset=utf-8"}
        try:
            async with self._http.stream("POST", url, content=body, headers=headers) as response:
                return Answer(response.status_code, response.headers.get("content-type", ""), await _read(response))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WitnessUnreachable(f"no answer ({type(error).__name__})") from error


async def _read(response: httpx.Response) -> bytes:
    data = b""
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_NOTE_BYTES:
            raise WitnessUnreachable("it sends too much")
    return data
