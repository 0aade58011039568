"""Sign-in codes: asking for one, for another, and taking the request back."""

from __future__ import annotations

from parley.messenger.accounts.model import CodeChannel, SentCode
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types


@method("auth.sendCode", anonymous=True)
async def send_code(ctx: Context, request: functions.auth.SendCode) -> types.auth.SentCode:
    """Send a code to the number; any `api_id` above zero may, since every operator's server is its own world."""
    if request.api_id <= 0:
        raise BadRequest("API_ID_INVALID")
    return sent(await ctx.services.sign_in.send_code(request.phone_number))


@method("auth.resendCode", anonymous=True)
async def resend_code(ctx: Context, request: functions.auth.ResendCode) -> types.auth.SentCode:
    """Send a new code on the next way."""
    _check_hash(request.phone_code_hash)
    return sent(await ctx.services.sign_in.resend_code(request.phone_number, request.phone_code_hash))


@method("auth.cancelCode", anonymous=True)
async def cancel_code(ctx: Context, request: functions.auth.CancelCode) -> bool:
    """Make a code void."""
    _check_hash(request.phone_code_hash)
    await ctx.services.sign_in.cancel_code(request.phone_number, request.phone_code_hash)
    return True


def _check_hash(code_hash: str) -> None:
    if not code_hash:
        raise BadRequest("PHONE_CODE_HASH_EMPTY")


def sent(code: SentCode) -> types.auth.SentCode:
    """Convert what a client learns of a code on its way."""
    made = types.auth.SentCodeTypeApp if code.channel is CodeChannel.SESSIONS else types.auth.SentCodeTypeSms
    return types.auth.SentCode(
        type=made(length=code.length),
        phone_code_hash=code.code_hash,
        next_type=types.auth.CodeTypeSms() if code.next_channel is CodeChannel.SMS else None,
        timeout=code.timeout_s,
    )
