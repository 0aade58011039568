"""Pages behind the links that clients hand out: a name, a post, an invitation, each with the way to open it.

No message is read here, and nothing is said of persons and private chats: their pages are the same whether
they exist or not, so that nobody can try names, invitations or numbers of posts one after the other.
"""

from __future__ import annotations

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.web.pages import render
from parley.web.parts import Door, Part
from parley.web.ports import Names


class _Username(StringConvertor):
    """The form that `messenger.accounts.rules.username` lets a username have."""

    regex = "[A-Za-z][A-Za-z0-9_]{4,31}"


class _Invitation(StringConvertor):
    """The form of an invitation's secret part."""

    regex = "[A-Za-z0-9_-]{8,64}"


register_url_convertor("username", _Username())
register_url_convertor("invitation", _Invitation())
#: No search engine lists these pages, and an invitation's address is told to no other site.
_HEADERS = {"x-robots-tag": "noindex", "referrer-policy": "no-referrer", "cache-control": "no-store"}


class LinkPages:
    """Says where a link leads, as far as a stranger may know."""

    def __init__(self, names: Names) -> None:
        self._names = names

    async def name(self, request: Request) -> Response:
        """Show a public channel, group or bot; of any other name only how to look for it."""
        return await self._show(request, post=None)

    async def post(self, request: Request) -> Response:
        """Say in which public channel a post is; whether it still stands is for members to see."""
        return await self._show(request, post=request.path_params["post"])

    async def private_post(self, request: Request) -> Response:
        """Say that a link leads into a private chat."""
        return _private(request, "post")

    async def invitation(self, request: Request) -> Response:
        """Say what an invitation is; where it leads the client says to whoever has an account."""
        return _private(request, "invitation")

    async def _show(self, request: Request, post: int | None) -> Response:
        name = request.path_params["name"]
        face = await self._names.of(name)
        response = render(request, "public/name.html", name=name, face=face, post=post)
        response.headers.update(_HEADERS)
        return response


def _private(request: Request, what: str) -> Response:
    response = render(request, "public/private_link.html", what=what)
    response.headers.update(_HEADERS)
    return response


def part(names: Names) -> Part:
    """Build the part of links; it comes last, so that no name hides a page."""
    pages = LinkPages(names)
    routes = (
        Route("/+{hash:invitation}", pages.invitation),
        Route("/c/{channel:int}/{post:int}", pages.private_post),
        Route("/{name:username}", pages.name),
        Route("/{name:username}/{post:int}", pages.post),
    )
    return Part(
        "links", routes, doors=(Door("/+", burst=60, per_second=2.0), Door("/c/", burst=60, per_second=2.0))
    )
