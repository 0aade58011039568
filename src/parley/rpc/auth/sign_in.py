"""Signing in, signing up and logging out."""

from __future__ import annotations

from dataclasses import replace

from parley.core.ids import AccountId
from parley.messenger.accounts.sign_in import Caller
from parley.messenger.errors import BadRequest
from parley.policy.model import Kind
from parley.rpc.context import Context
from parley.rpc.help.terms import terms_of_service
from parley.rpc.peers import users
from parley.rpc.registry import method
from parley.tl import functions, types


@method("auth.signIn", anonymous=True)
async def sign_in(
    ctx: Context, request: functions.auth.SignIn
) -> types.auth.Authorization | types.auth.AuthorizationSignUpRequired:
    """Sign in with a code; a number without an account is shown the terms and asked to sign up."""
    if not request.phone_code_hash:
        raise BadRequest("PHONE_CODE_HASH_EMPTY")
    account = await ctx.services.sign_in.sign_in(
        caller_of(ctx), request.phone_number, request.phone_code_hash, request.phone_code or ""
    )
    if account is None:
        terms = ctx.services.policy.current(Kind.TERMS)
        return types.auth.AuthorizationSignUpRequired(terms_of_service=terms_of_service(terms))
    return await _authorization(ctx, account)


@method("auth.signUp", anonymous=True)
async def sign_up(ctx: Context, request: functions.auth.SignUp) -> types.auth.Authorization:
    """Make an account for a number whose code was shown.

    Whether the person accepts the terms is asked by `help.acceptTermsOfService`, not taken for granted here.
    """
    if not request.phone_code_hash:
        raise BadRequest("PHONE_CODE_HASH_EMPTY")
    account = await ctx.services.sign_in.sign_up(
        caller_of(ctx), request.phone_number, request.phone_code_hash, request.first_name, request.last_name
    )
    return await _authorization(ctx, account)


@method("auth.logOut", anonymous=True)
async def log_out(ctx: Context, request: functions.auth.LogOut) -> types.auth.LoggedOut:
    """Sign this device out; one that is not signed in is out already."""
    if ctx.account is not None:
        await ctx.services.devices.log_out(ctx.account, ctx.key)
    return types.auth.LoggedOut()


@method("auth.resetAuthorizations")
async def reset_authorizations(ctx: Context, request: functions.auth.ResetAuthorizations) -> bool:
    """End all other devices of the account."""
    await ctx.services.devices.end_others(ctx.me, ctx.key)
    return True


def caller_of(ctx: Context) -> Caller:
    """Describe the calling device."""
    return Caller(ctx.key, ctx.call.client, ctx.call.address, ctx.call.msg_id, ctx.account)


async def _authorization(ctx: Context, account: AccountId) -> types.auth.Authorization:
    [user] = await users(replace(ctx, account=account), (account,))
    return types.auth.Authorization(user=user)
