"""Pages: one strict Jinja2 environment, and what every template knows without being told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from parley.web import flash
from parley.web.csrf import FormToken
from parley.web.forms import Form
from parley.web.parts import NavItem
from parley.web.site import Site

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Pages:
    """Renders templates of `web/templates` for requests."""

    def __init__(self, site: Site, nav: Sequence[NavItem]) -> None:
        self._site = site
        self._nav = sorted(nav, key=lambda item: (item.order, item.label))
        self._environment = _environment()
        self._environment.globals.update(site=site, asset=asset, nearest=nearest)

    def render(self, request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
        """Render `template` as an answer.

        Every template also has: `site`, `person` (who is signed in, or None), `area` (`public`, `desk` or
        `authority`), `nav` (the links that the person may see), `csrf` (`csrf.field`), `path`,
        `now`, `flash_message`, `asset(name)`.
        """
        token = FormToken(request)
        message = flash.read(request, self._site)
        html = self._environment.get_template(template).render(
            self._common(request) | {"csrf": token, "flash_message": message} | context
        )
        response = HTMLResponse(html, status)
        token.save(response)
        if message is not None:
            flash.clear(response, self._site)
        return response

    def text(self, template: str, **context: Any) -> str:
        """Render a template that is no page, such as a snippet of code; nothing is escaped."""
        return _plain_environment().get_template(template).render(**context)

    def _common(self, request: Request) -> dict[str, Any]:
        person = getattr(request.state, "person", None)
        area = area_of(request.url.path)
        return {
            "request": request,
            "path": request.url.path,
            "person": person,
            "area": area,
            "nav": self.nav(area, person.roles if person else frozenset()),
            "now": self._site.clock.now(),
            "no_form": Form(),
        }

    def nav(self, area: str, roles: frozenset[str]) -> list[NavItem]:
        """List the links of an area that somebody with `roles` may use."""
        return [item for item in self._nav if item.area == area and (not item.roles or item.roles & roles)]


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a template for a request; see `Pages.render`."""
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status=status, **context)


def area_of(path: str) -> str:
    """Say which area a path belongs to, for its look and navigation."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in ("desk", "authority") else "public"


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """Give the address of a static file; it changes with the content, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def nearest(items: Sequence[NavItem], path: str) -> str:
    """Give the link of a navigation under which a page stands: the longest one that its path begins with."""
    fitting = [item.path for item in items if path == item.path or path.startswith(item.path.rstrip("/") + "/")]
    return max((p for p in fitting if p != "/" or path == "/"), key=len, default="")


def moment(value: datetime | None) -> Markup:
    """Write a time for people and machines; times are shown in UTC."""
    if value is None:
        return Markup('<span class="muted">never</span>')
    return Markup('<time datetime="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), value.strftime("%-d %b %Y, %H:%M UTC")
    )


def day(value: date) -> Markup:
    """Write a date for people and machines."""
    return Markup('<time datetime="{}">{}</time>').format(value.strftime("%Y-%m-%d"), value.strftime("%-d %B %Y"))


def written_moment(value: str) -> Markup | str:
    """Write a time that came as ISO 8601 text, from a document or another program; other text stays as it is."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment(read.astimezone(UTC)) if read.tzinfo else value


def person_of(actor: str) -> str:
    """Give the name out of an actor of the audit trail, such as `staff:Lea`."""
    return actor.partition(":")[2] or actor


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=moment, day=day, written_moment=written_moment, person_of=person_of)
    return environment


@lru_cache(maxsize=1)
def _plain_environment() -> Environment:
    # Code snippets and plain text; pages escape what they show of them.
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
