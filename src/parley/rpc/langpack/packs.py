"""Language packs: one language, whose strings are those that each client has built in."""

from __future__ import annotations

import re

from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types

_PACK = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = "en"


@method("langpack.getLangPack", anonymous=True)
async def get_lang_pack(ctx: Context, request: functions.langpack.GetLangPack) -> types.LangPackDifference:
    """Give a pack without strings, which leaves the client with its own."""
    return _nothing(request.lang_pack, request.lang_code, 0)


@method("langpack.getDifference", anonymous=True)
async def get_difference(ctx: Context, request: functions.langpack.GetDifference) -> types.LangPackDifference:
    """Say that nothing changed."""
    return _nothing(request.lang_pack, request.lang_code, request.from_version)


@method("langpack.getStrings", anonymous=True)
async def get_strings(ctx: Context, request: functions.langpack.GetStrings) -> list[types.LangPackStringDeleted]:
    """Say of each string that the server has none."""
    _check(request.lang_pack, request.lang_code)
    return [types.LangPackStringDeleted(key=key) for key in request.keys]


@method("langpack.getLanguages", anonymous=True)
async def get_languages(ctx: Context, request: functions.langpack.GetLanguages) -> list[types.LangPackLanguage]:
    """List the one language."""
    _check(request.lang_pack, _LANGUAGE)
    return [_english(ctx)]


@method("langpack.getLanguage", anonymous=True)
async def get_language(ctx: Context, request: functions.langpack.GetLanguage) -> types.LangPackLanguage:
    """Describe the one language."""
    _check(request.lang_pack, request.lang_code)
    return _english(ctx)


def _check(pack: str, language: str) -> None:
    if pack and not _PACK.fullmatch(pack):
        raise BadRequest("LANG_PACK_INVALID")
    if language.split("-")[0] != _LANGUAGE:
        raise BadRequest("LANG_CODE_NOT_SUPPORTED")


def _nothing(pack: str, language: str, version: int) -> types.LangPackDifference:
    _check(pack, language)
    return types.LangPackDifference(lang_code=language, from_version=version, version=version, strings=[])


def _english(ctx: Context) -> types.LangPackLanguage:
    return types.LangPackLanguage(
        official=True,
        name="English",
        native_name="English",
        lang_code=_LANGUAGE,
        plural_code=_LANGUAGE,
        strings_count=0,
        translated_count=0,
        translations_url=f"{ctx.services.server.origin}/",
    )
