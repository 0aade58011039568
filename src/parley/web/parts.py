"""What one part of the web gives to the application: its routes, its navigation and the limits of its doors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

Handler = Callable[[Request], Awaitable[Response]]
KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Door:
    """Limits for the paths under `prefix`; the longest prefix that fits holds.

    A caller has `burst` requests at once and `per_second` more each second; `methods` narrows the rate to
    some methods (empty: all). `max_body` is in bytes.
    """

    prefix: str
    max_body: int = 64 * KIB
    burst: int = 240
    per_second: float = 20.0
    methods: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of an area's navigation, shown to those who hold one of `roles` (none: everybody).

    `text` is the line under the link on the area's home page.
    """

    area: str
    label: str
    path: str
    roles: frozenset[str] = frozenset()
    text: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the web, as `app` hands it to `web.application.build`."""

    name: str
    routes: tuple[BaseRoute, ...]
    doors: tuple[Door, ...] = ()
    nav: tuple[NavItem, ...] = field(default=())


#: The doors of the application itself.
DEFAULT_DOORS = (
    Door("/"),
    Door("/static", burst=600, per_second=100.0),
    Door("/apiws", burst=120, per_second=10.0),
)
