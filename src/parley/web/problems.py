"""Refusals and faults as answers: a page for people, `application/problem+json` (RFC 9457) for programs.

No answer carries a traceback. A fault gets an incident id that stands in the log beside the place where it
happened; the error's own text is not logged, because it may quote personal data.
"""

from __future__ import annotations

import json
import logging
import secrets
import traceback
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound, ParleyError

_log = logging.getLogger(__name__)

_TITLES = {
    400: "Bad request",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Changed meanwhile",
    413: "Too large",
    415: "Wrong kind of data",
    421: "Wrong host",
    422: "Not valid",
    429: "Too many requests",
    500: "Something broke",
    503: "Not available",
}
_TEXTS = {
    404: "There is no such page, or it is not for you to see.",
    405: "This address cannot be used in that way.",
    403: "You may not see this page or do this.",
    500: "The fault is ours. If you report it, please give the incident number.",
}
#: Paths that programs use; they get JSON whatever they accept.
_PROGRAMS = ("/bot", "/file/", "/dev/", "/transparency/log/")


class NotSignedIn(ParleyError):
    """Nobody is signed in, and the page or action needs somebody."""


def status_of(error: ParleyError) -> int:
    """Give the HTTP status of an expected refusal; an error may name its own in `status_code`."""
    explicit = getattr(error, "status_code", None)
    if isinstance(explicit, int):
        return explicit
    table: Mapping[type[ParleyError], int] = {
        NotFound: 404,
        Forbidden: 403,
        Conflict: 409,
        Invalid: 422,
        NotSignedIn: 401,
    }
    return next((status for kind, status in table.items() if isinstance(error, kind)), 400)


def wants_json(scope: Scope) -> bool:
    """Tell whether the caller is a program."""
    accept = Headers(scope=scope).get("accept", "")
    if "text/html" in accept:
        return False
    return str(scope["path"]).startswith(_PROGRAMS) or "json" in accept


def answer(scope: Scope, status: int, title: str, text: str, incident: str | None = None) -> Response:
    """Make the answer for a refusal, as a page or as a problem document."""
    if wants_json(scope):
        body = {"type": "about:blank", "title": title, "status": status, "detail": text}
        if incident:
            body["instance"] = f"urn:incident:{incident}"
        return Response(json.dumps(body), status, media_type="application/problem+json")
    pages = scope["app"].state.pages
    response: Response = pages.render(
        Request(scope),
        "problems/problem.html",
        status=status,
        problem={"status": status, "title": title, "text": text, "incident": incident},
    )
    return response


async def refuse(request: Request, error: Exception) -> Response:
    """Answer an expected refusal of a room."""
    assert isinstance(error, ParleyError)
    status = status_of(error)
    return answer(request.scope, status, _TITLES.get(status, "Refused"), str(error) or _TEXTS.get(status, ""))


async def refuse_http(request: Request, error: Exception) -> Response:
    """Answer what the router refused: an unknown path or method."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    if status in (204, 304):
        return Response(status_code=status, headers=error.headers)
    text = _TEXTS.get(status) or error.detail
    response = answer(request.scope, status, _TITLES.get(status, "Refused"), text)
    response.headers.update(error.headers or {})
    return response


class Incidents:
    """Turns a fault of the program into a page with an incident id and a log entry without personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on and answer for what it could not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            incident = _log_incident(error, scope)
            if started:
                raise _Broken(incident) from None
            await answer(scope, 500, _TITLES[500], _TEXTS[500], incident)(scope, receive, send)


class _Broken(Exception):
    """An answer broke off after its start; the server closes the connection."""


def _log_incident(error: Exception, scope: Scope) -> str:
    incident = secrets.token_hex(4)
    frames = "".join(traceback.format_tb(error.__traceback__))
    route = getattr(scope.get("route"), "path", "a path without route")
    _log.error("incident %s: %s at %s\n%s", incident, type(error).__name__, route, frames)
    return incident
