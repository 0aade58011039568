"""The policies, each with all its versions."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.policy import rules
from parley.policy.errors import DocumentNotFound
from parley.policy.model import Document, Kind
from parley.policy.service import Policies
from parley.web.pages import render
from parley.web.parts import NavItem, Part
from parley.web.ports import VaultStatus


class PolicyPages:
    """Shows the version that holds, an older one, or the list of all."""

    def __init__(self, policies: Policies, vault: VaultStatus) -> None:
        self._policies = policies
        self._vault = vault

    async def index(self, request: Request) -> Response:
        """List the documents."""
        current = [self._policies.current(kind) for kind in Kind]
        return render(request, "public/policies.html", documents=current)

    async def show(self, request: Request) -> Response:
        """Show the version of a document that holds now."""
        return await self._page(request, self._policies.current(self._kind(request)))

    async def version(self, request: Request) -> Response:
        """Show a named version."""
        return await self._page(
            request, self._policies.version(self._kind(request), request.path_params["version"])
        )

    def _kind(self, request: Request) -> Kind:
        name = request.path_params["kind"]
        if name not in set(Kind):
            raise DocumentNotFound("there is no such document")
        return Kind(name)

    async def _page(self, request: Request, document: Document) -> Response:
        return render(
            request,
            "public/policy.html",
            document=document,
            html=Markup(rules.markdown().render(document.text)),  # noqa: S704 -- own text, HTML is off
            current=self._policies.current(document.kind),
            versions=self._policies.versions(document.kind),
            vault=await self._vault.status(),
        )


def part(policies: Policies, vault: VaultStatus) -> Part:
    """Build the policies' part."""
    pages = PolicyPages(policies, vault)
    routes = (
        Route("/policy", pages.index),
        Route("/policy/{kind}", pages.show),
        Route("/policy/{kind}/{version}", pages.version),
    )
    return Part("policies", routes, nav=(NavItem("public", "Policies", "/policy", order=30),))
