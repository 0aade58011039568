"""Changing the phone number of one's account."""

from __future__ import annotations

from typing import Any

from parley.messenger.errors import BadRequest
from parley.rpc.auth.codes import sent
from parley.rpc.context import Context
from parley.rpc.peers import users
from parley.rpc.registry import method
from parley.tl import functions, types


@method("account.sendChangePhoneCode")
async def send_change_phone_code(
    ctx: Context, request: functions.account.SendChangePhoneCode
) -> types.auth.SentCode:
    """Send a code to the number that the account is to have."""
    return sent(await ctx.services.number.send_code(ctx.me, ctx.key, request.phone_number))


@method("account.changePhone")
async def change_phone(ctx: Context, request: functions.account.ChangePhone) -> Any:
    """Give the account the number that the code was sent to."""
    if not request.phone_code_hash:
        raise BadRequest("PHONE_CODE_HASH_EMPTY")
    await ctx.services.number.change(
        ctx.me, ctx.key, request.phone_number, request.phone_code_hash, request.phone_code
    )
    [me] = await users(ctx, (ctx.me,))
    return me
