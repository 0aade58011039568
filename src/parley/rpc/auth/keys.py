"""Authorization keys, and the ways of signing in that this server refuses by their right names."""

from __future__ import annotations

from parley.core.ids import AuthKeyId
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types


@method("auth.dropTempAuthKeys", anonymous=True)
async def drop_temp_auth_keys(ctx: Context, request: functions.auth.DropTempAuthKeys) -> bool:
    """Forget the temporary keys of this device, except those that it names."""
    kept = frozenset(AuthKeyId(key) for key in request.except_auth_keys)
    await ctx.services.auth_keys.drop_temporary(ctx.key, kept)
    return True


@method("auth.exportAuthorization")
async def export_authorization(
    ctx: Context, request: functions.auth.ExportAuthorization
) -> types.auth.ExportedAuthorization:
    """Refuse: there is one data centre, to which nobody needs to carry an authorization."""
    raise BadRequest("DC_ID_INVALID")


@method("auth.importAuthorization", anonymous=True)
async def import_authorization(
    ctx: Context, request: functions.auth.ImportAuthorization
) -> types.auth.Authorization:
    """Refuse: nothing was ever exported."""
    raise BadRequest("AUTH_BYTES_INVALID")


@method("auth.importBotAuthorization", anonymous=True)
async def import_bot_authorization(
    ctx: Context, request: functions.auth.ImportBotAuthorization
) -> types.auth.Authorization:
    """Refuse: no token was ever given out."""
    raise BadRequest("ACCESS_TOKEN_INVALID")


@method("auth.checkPassword", anonymous=True)
async def check_password(ctx: Context, request: functions.auth.CheckPassword) -> types.auth.Authorization:
    """Refuse: no account has a password, so no answer to it can be right."""
    raise BadRequest("PASSWORD_HASH_INVALID")
