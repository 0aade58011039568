"""A member of staff or an officer at the pages, without a browser: reads pages, fills their forms as they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.journeys.server_process import RunningServer


@dataclass
class PageForm:
    """One form of a page: where it goes and what its hidden fields hold."""

    action: str
    fields: dict[str, str]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(PageForm(values.get("action", ""), {}))
        elif tag == "input" and self.found and values.get("type") == "hidden":
            self.found[-1].fields[values.get("name", "")] = values.get("value", "")


class DeskPerson:
    """One signed-in person with a cookie jar."""

    def __init__(self, server: RunningServer) -> None:
        self.http = httpx.AsyncClient(base_url=server.url, follow_redirects=True, timeout=60)

    @classmethod
    async def enter(cls, server: RunningServer, name: str) -> DeskPerson:
        """Sign in as a member of staff or an officer through the development door."""
        person = cls(server)
        answer = await person.http.post("/dev/sign-in", json={"staff": name})
        assert answer.status_code < 300, answer.text
        return person

    async def read(self, path: str) -> str:
        """Open a page."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        return answer.text

    async def submit(self, page: str, action: str, /, **fields: Any) -> httpx.Response:
        """Fill a form of a page and send it; `action` is the end of its address."""
        text = await self.read(page)
        parser = _Forms()
        parser.feed(text)
        form = next((f for f in parser.found if f.action.split("?")[0].endswith(action)), None)
        assert form is not None, f"no form {action} on {page}: {[f.action for f in parser.found]}"
        data = {**form.fields, **{k: v for k, v in fields.items() if k != "files"}}
        answer = await self.http.post(form.action or page, data=data, files=fields.get("files"))
        assert answer.status_code < 400, f"{form.action}: {answer.status_code}\n{plain(answer.text)[:3000]}"
        return answer

    async def close(self) -> None:
        """Close the browser."""
        await self.http.aclose()


def plain(html: str) -> str:
    """A page's text without tags, for messages of failed tests."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def links(html: str, pattern: str) -> list[str]:
    """The addresses on a page that fit a pattern, each once, in order."""
    return list(dict.fromkeys(re.findall(f'href="({pattern})"', html)))
