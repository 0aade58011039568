"""The terms of service: shown before sign-up, and again whenever a new version holds."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any

from parley.messenger.errors import BadRequest
from parley.messenger.messages.model import Entity
from parley.policy import rules
from parley.policy.errors import DocumentNotFound
from parley.policy.model import Document, PlainText, Span
from parley.rpc.context import Context
from parley.rpc.convert.entities import to_wire
from parley.rpc.registry import method
from parley.tl import functions, types

_ASK_AGAIN = timedelta(hours=1)
_KINDS = {"bold": "Bold", "italic": "Italic", "code": "Code", "link": "TextUrl"}


@method("help.getTermsOfServiceUpdate")
async def get_terms_of_service_update(
    ctx: Context, request: functions.help.GetTermsOfServiceUpdate
) -> types.help.TermsOfServiceUpdate | types.help.TermsOfServiceUpdateEmpty:
    """Give the terms that the account has still to accept, if there are any."""
    expires = int((ctx.services.clock.now() + _ASK_AGAIN).timestamp())
    document = await ctx.services.policy.needs_acceptance(ctx.me)
    if document is None:
        return types.help.TermsOfServiceUpdateEmpty(expires=expires)
    return types.help.TermsOfServiceUpdate(expires=expires, terms_of_service=terms_of_service(document))


@method("help.acceptTermsOfService")
async def accept_terms_of_service(ctx: Context, request: functions.help.AcceptTermsOfService) -> bool:
    """Note that the account accepts the version that it was shown."""
    try:
        await ctx.services.policy.accept(ctx.me, _document_id(request.id))
    except DocumentNotFound:
        raise BadRequest("DATA_JSON_INVALID") from None
    return True


@lru_cache(maxsize=8)
def terms_of_service(document: Document) -> types.help.TermsOfService:
    """Convert a document for a screen without Markdown; everybody who signs up gets the same."""
    text = rules.plain(document.text)
    return types.help.TermsOfService(
        popup=True,
        id=types.DataJSON(data=json.dumps({"id": document.id})),
        text=text.text,
        entities=to_wire(_entities(text)) or [],
    )


def _document_id(given: Any) -> str:
    try:
        return str(json.loads(given.data)["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadRequest("DATA_JSON_INVALID") from None


def _entities(text: PlainText) -> list[Entity]:
    """Clients count UTF-16 units, documents characters."""
    return [_entity(text.text, span) for span in text.spans]


def _entity(text: str, span: Span) -> Entity:
    start = _units(text[: span.start])
    return Entity(_KINDS[span.mark], start, _units(text[span.start : span.start + span.length]), span.url)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
