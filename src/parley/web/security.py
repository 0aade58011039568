"""Headers and the Host check around every answer: what a browser may load, embed, and send elsewhere."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.web.problems import answer
from parley.web.site import Site

#: Everything comes from this server; no inline script or style, nothing may frame a page.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_PERMISSIONS = (
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), "
    "geolocation=(), payment=(), usb=(), browsing-topics=()"
)
#: Areas whose pages no cache may keep.
_PRIVATE = ("/desk", "/authority", "/dev")


class SecurityHeaders:
    """Adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._headers = {
            "content-security-policy": CONTENT_SECURITY_POLICY,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "permissions-policy": _PERMISSIONS,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        if site.https:
            self._headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, with headers added to the answer's start."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if path.startswith(_PRIVATE):
            headers.setdefault("cache-control", "no-store")


class HostCheck:
    """Refuses requests for host names that are not this server's.

    A page of an attacker whose name resolves to our address (DNS rebinding) thereby reaches nothing. Bare
    addresses cannot be rebound and are let through.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._names = {"localhost", site.host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on when its Host is ours."""
        if scope["type"] not in ("http", "websocket") or self._ours(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            response = answer(scope, 421, "Wrong host", "This server does not answer for that host name.")
            await response(scope, receive, send)

    def _ours(self, host: str) -> bool:
        name = host_name(host)
        return name in self._names or is_address(name)


def host_name(host: str) -> str:
    """Take the name out of a Host header; empty when it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_address(name: str) -> bool:
    """Tell whether a host name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback_host(host: str) -> bool:
    """Tell whether a Host header names this machine itself: `localhost` or a loopback address."""
    name = host_name(host)
    return name == "localhost" or (is_address(name) and ipaddress.ip_address(name).is_loopback)
