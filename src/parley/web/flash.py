"""One-time messages that survive a redirect: a signed cookie that the next page shows and deletes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from parley.web.site import Site

_COOKIE = "flash"
_LIFE_S = 60


@dataclass(frozen=True, slots=True)
class Flash:
    """A message and its tone: `good`, `note` or `bad`."""

    text: str
    tone: str = "good"


def _tag(site: Site, payload: str) -> str:
    return hmac.new(site.secret, b"flash\0" + payload.encode(), hashlib.sha256).hexdigest()


def put(response: Response, site: Site, flash: Flash) -> None:
    """Send a message along with `response`."""
    payload = base64.urlsafe_b64encode(json.dumps([flash.text, flash.tone]).encode()).decode()
    response.set_cookie(
        site.cookie(_COOKIE),
        f"{payload}.{_tag(site, payload)}",
        max_age=_LIFE_S,
        httponly=True,
        secure=site.https,
        samesite="lax",
    )


def read(request: Request, site: Site) -> Flash | None:
    """Read the message that came with the request; what we did not sign is ignored."""
    payload, _, tag = request.cookies.get(site.cookie(_COOKIE), "").partition(".")
    if not payload or not hmac.compare_digest(tag.encode(), _tag(site, payload).encode()):
        return None
    text, tone = json.loads(base64.urlsafe_b64decode(payload))
    return Flash(str(text), str(tone))


def clear(response: Response, site: Site) -> None:
    """Delete the message that has been shown."""
    response.delete_cookie(site.cookie(_COOKIE), secure=site.https, httponly=True, samesite="lax")


def redirect(request: Request, path: str, text: str | None = None, tone: str = "good") -> Response:
    """Send the browser on with GET (303), with a message for the next page if `text` is given.

    For a request that htmx made, the whole page changes.
    """
    response: Response = RedirectResponse(path, status_code=303)
    if request.headers.get("hx-request") == "true":
        response = Response(status_code=204, headers={"HX-Redirect": path})
    if text:
        put(response, request.app.state.site, Flash(text, tone))
    return response
