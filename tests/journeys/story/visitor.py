"""A person at the pages of a running server: keeps cookies, fills forms, and answers passkey forms in software."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

from tests.authenticator import Authenticator

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """One browser profile of one person; `key` is the passkey on their device."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, headers={"accept": "text/html"}, timeout=60)
        self.key = Authenticator(origin=url)

    async def page(self, path: str) -> str:
        """Open a page that must be there; gives its text."""
        answer = await self.http.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {words(answer.text)[:600]}"
        return answer.text

    async def token(self, page: str) -> str:
        """Open a page and take the token of its forms."""
        found = _TOKEN.search(await self.page(page))
        assert found, f"no form on {page}"
        return found.group(1)

    async def submit(
        self, page: str, action: str, data: dict[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        """Open a page and send its form to `action`."""
        token = await self.token(page)
        return await self.http.post(action, data={"csrf_token": token, **(data or {})}, **more)

    async def done(self, page: str, action: str, data: dict[str, Any] | None = None) -> str:
        """Send a form that must lead on; gives the words of the page that it leads to."""
        answer = await self.submit(page, action, data)
        assert answer.status_code == 303, f"{action}: {answer.status_code} {words(answer.text)[:800]}"
        return words(await self.page(answer.headers["location"].partition("#")[0]))

    async def passkey(
        self, page: str, action: str, data: dict[str, Any] | None = None, *, new: bool = False
    ) -> httpx.Response:
        """Send a passkey form: fetch its options, let the passkey answer, send the answer."""
        form = {"csrf_token": await self.token(page), **(data or {})}
        begun = await self.http.post(f"{action}/options", data=form)
        assert begun.status_code == 200, f"{action}/options: {words(begun.text)[:600]}"
        options = json.loads(begun.text)
        answer = (self.key.create if new else self.key.get)(options["publicKey"])
        return await self.http.post(action, data={**form, "ceremony": options["ceremony"], "credential": answer})

    async def sign_in_as(self, name: str) -> None:
        """Sign in by the development endpoint, as after a long break."""
        answer = await self.http.post("/dev/sign-in", json={"staff": name})
        assert answer.status_code == 200, answer.text

    async def close(self) -> None:
        """Close the browser."""
        await self.http.aclose()


def words(html: str) -> str:
    """The words of a page, without its markup."""
    text = re.sub(r"<(script|style).*?</\1>", " ", html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text)
    for entity, letter in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    return " ".join(text.split())
