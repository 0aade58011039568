"""Form tokens: proof that a form was rendered by us for this browser and this session.

A token is a keyed hash of a random cookie and of the session cookie that belongs to the path's area, so one
person's token is worthless in another session. `Origin` and `Sec-Fetch-Site` are checked as well.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, overload
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import Forbidden
from parley.web.parts import KIB
from parley.web.site import Site

FIELD = "csrf_token"
_COOKIE = "form"
_MARK = "__parley_unsafe__"

P = ParamSpec("P")


class CsrfFailed(Forbidden):
    """The form was not rendered for this browser and session, or is too old."""


class FormToken:
    """The token of one request's page; made when a template asks for it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._site: Site = request.app.state.site
        self._cookie = request.cookies.get(self._site.cookie(_COOKIE), "")
        self.fresh = False

    @property
    def field(self) -> Markup:
        """The hidden input that every form carries."""
        if not self._cookie:
            self._cookie = secrets.token_urlsafe(24)
            self.fresh = True
        token = _token(self._site, self._cookie, _session_cookie(self._request))
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)

    def save(self, response: Response) -> None:
        """Set the cookie when the page made a new one."""
        if self.fresh:
            response.set_cookie(
                self._site.cookie(_COOKIE),
                self._cookie,
                httponly=True,
                secure=self._site.https,
                samesite="lax",
            )


def _session_cookie(request: Request) -> str:
    for realm in request.app.state.realms:
        if request.url.path.startswith(realm.prefix):
            return request.cookies.get(realm.cookie, "")
    return ""


def _token(site: Site, cookie: str, session: str) -> str:
    message = b"\0".join((b"form", cookie.encode(), session.encode()))
    return hmac.new(site.secret, message, hashlib.sha256).hexdigest()


@overload
def action(handler: Callable[P, Awaitable[Response]], /) -> Callable[P, Awaitable[Response]]: ...


@overload
def action(
    *, files: int = ..., fields: int = ...
) -> Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]: ...


def action(
    handler: Callable[P, Awaitable[Response]] | None = None, *, files: int = 0, fields: int = 300
) -> (
    Callable[P, Awaitable[Response]]
    | Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]
):
    """Mark a handler as one that changes something: it runs only with a valid form token.

    `files` and `fields` bound the parts of the form; the size of the whole is the door's. The handler reads
    the form by `await request.form()`, which is parsed already. Use it as `@action` or `@action(files=1)`.
    """

    def wrap(inner: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
        @wraps(inner)
        async def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
            request = args[-1]
            assert isinstance(request, Request)
            _check_origin(request)
            await _check_token(request, files, fields)
            try:
                return await inner(*args, **kwargs)
            finally:
                await request.close()

        setattr(checked, _MARK, "form token")
        return checked

    return wrap(handler) if handler is not None else wrap


def exempt(reason: str) -> Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]:
    """Mark a handler of an unsafe method that needs no form token, with the reason why."""

    def wrap(inner: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
        @wraps(inner)
        async def passed(*args: P.args, **kwargs: P.kwargs) -> Response:
            return await inner(*args, **kwargs)

        setattr(passed, _MARK, reason)
        return passed

    return wrap


def guarded(endpoint: object) -> bool:
    """Tell whether a handler was marked by `action` or `exempt`."""
    return bool(getattr(endpoint, _MARK, None))


def _check_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        ours = site in {"same-origin", "none"}
    else:
        ours = origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
    if not ours:
        raise CsrfFailed("this form was sent from another site")


async def _check_token(request: Request, files: int, fields: int) -> None:
    form = await request.form(max_files=files, max_fields=fields, max_part_size=256 * KIB)
    given = str(form.get(FIELD, ""))
    site: Site = request.app.state.site
    cookie = request.cookies.get(site.cookie(_COOKIE), "")
    wanted = _token(site, cookie, _session_cookie(request))
    if not cookie or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise CsrfFailed("this form is too old or was opened in another session; go back, reload and try again")
