"""Builds the web application from the parts that `app` wired, inside one set of walls.

From the outside in: forwarded addresses, security headers, Host check, rate limit, body limit, incidents, the
router. A route that changes something without a form token, or without a stated reason why it needs none, does
not get in: `build` refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from parley.core.errors import ConfigurationError, ParleyError
from parley.core.networks import TrustedNetworks
from parley.web.csrf import guarded
from parley.web.forwarded import ForwardedAddresses, ForwardedHeader
from parley.web.limits import BodyLimit, Buckets, Doors, RateLimit
from parley.web.pages import STATIC, Pages
from parley.web.parts import DEFAULT_DOORS, Part
from parley.web.problems import Incidents, refuse, refuse_http
from parley.web.security import HostCheck, SecurityHeaders
from parley.web.sessions import RealmDoor
from parley.web.site import Site

_SAFE = {"GET", "HEAD", "OPTIONS"}


class Static(StaticFiles):
    """Our style sheet and scripts; their addresses carry a hash of the content, so browsers keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file with a long life when it was asked for by its hash."""
        response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def build(site: Site, parts: Sequence[Part], realms: Sequence[RealmDoor] = ()) -> Starlette:
    """Build the application.

    Handlers find `site`, `pages` and `realms` in `request.app.state`.

    Raises:
        ConfigurationError: a route changes something and has neither a form token nor a reason for none.
    """
    routes: list[BaseRoute] = [Mount("/static", Static(directory=STATIC), name="static")]
    for part in parts:
        _check_routes(part.name, part.routes)
        routes.extend(part.routes)
    doors = Doors([*DEFAULT_DOORS, *(door for part in parts for door in part.doors)])
    app = Starlette(
        routes=routes,
        middleware=_walls(site, doors),
        exception_handlers={ParleyError: refuse, HTTPException: refuse_http},
    )
    app.state.site = site
    app.state.pages = Pages(site, [item for part in parts for item in part.nav])
    app.state.realms = tuple(realms)
    return app


def _walls(site: Site, doors: Doors) -> list[Middleware]:
    walls = [
        Middleware(SecurityHeaders, site=site),
        Middleware(HostCheck, site=site),
        Middleware(RateLimit, doors=doors, buckets=Buckets()),
        Middleware(BodyLimit, doors=doors),
        Middleware(Incidents),
    ]
    if site.trusted_proxies:
        trusted = TrustedNetworks(site.trusted_proxies)
        walls.insert(
            0, Middleware(ForwardedAddresses, trusted=trusted, header=ForwardedHeader(site.forwarded_header))
        )
    return walls


def _check_routes(part: str, routes: Iterable[BaseRoute]) -> None:
    for route in routes:
        if isinstance(route, Mount):
            _check_routes(part, route.routes)
        elif isinstance(route, Route) and set(route.methods or ()) - _SAFE and not guarded(route.endpoint):
            raise ConfigurationError(f"{part}: {route.path} changes something without @action or @exempt")
