"""One's own profile: names, username, presence, and the end of the account."""

from __future__ import annotations

from typing import Any

from parley.rpc.context import Context
from parley.rpc.peers import users
from parley.rpc.registry import method
from parley.tl import functions


@method("account.updateProfile")
async def update_profile(ctx: Context, request: functions.account.UpdateProfile) -> Any:
    """Change what is given of names and description."""
    await ctx.services.accounts.update_profile(
        ctx.me, request.first_name, request.last_name, request.about, origin=ctx.session
    )
    return await _me(ctx)


@method("account.checkUsername")
async def check_username(ctx: Context, request: functions.account.CheckUsername) -> bool:
    """Tell whether a username can be taken."""
    return await ctx.services.accounts.check_username(ctx.me, request.username)


@method("account.updateUsername")
async def update_username(ctx: Context, request: functions.account.UpdateUsername) -> Any:
    """Take a username, or give the present one back."""
    await ctx.services.accounts.set_username(ctx.me, request.username, origin=ctx.session)
    return await _me(ctx)


@method("account.updateStatus")
async def update_status(ctx: Context, request: functions.account.UpdateStatus) -> bool:
    """Say that one is online, or has gone."""
    presence = ctx.services.presence
    await (presence.offline(ctx.me) if request.offline else presence.online(ctx.me))
    return True


@method("account.deleteAccount")
async def delete_account(ctx: Context, request: functions.account.DeleteAccount) -> bool:
    """Delete the account; all its devices are signed out."""
    await ctx.services.accounts.delete(ctx.me)
    return True


async def _me(ctx: Context) -> Any:
    [user] = await users(ctx, (ctx.me,))
    return user
