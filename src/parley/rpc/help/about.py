"""What the server says of itself and of its clients."""

from __future__ import annotations

from datetime import timedelta

from parley.messenger.accounts.model import SERVICE_ACCOUNT
from parley.rpc.context import Context
from parley.rpc.peers import users
from parley.rpc.registry import method
from parley.tl import functions, types

_ASK_AGAIN = timedelta(hours=24)


@method("help.getInviteText", anonymous=True)
async def get_invite_text(ctx: Context, request: functions.help.GetInviteText) -> types.help.InviteText:
    """Word the invitation that a client sends to friends."""
    return types.help.InviteText(message=f"Let us write to each other here: {ctx.services.server.origin}/")


@method("help.getPromoData")
async def get_promo_data(ctx: Context, request: functions.help.GetPromoData) -> types.help.PromoDataEmpty:
    """Say that nothing is advertised in the list of chats."""
    expires = int((ctx.services.clock.now() + _ASK_AGAIN).timestamp())
    return types.help.PromoDataEmpty(expires=expires)


@method("help.getAppUpdate", anonymous=True)
async def get_app_update(ctx: Context, request: functions.help.GetAppUpdate) -> types.help.NoAppUpdate:
    """Say that updates of clients come from elsewhere."""
    return types.help.NoAppUpdate()


@method("help.getSupport")
async def get_support(ctx: Context, request: functions.help.GetSupport) -> types.help.Support:
    """Name the account that speaks for the server."""
    [user] = await users(ctx, (SERVICE_ACCOUNT,))
    return types.help.Support(phone_number="", user=user)


@method("help.getDeepLinkInfo", anonymous=True)
async def get_deep_link_info(ctx: Context, request: functions.help.GetDeepLinkInfo) -> types.help.DeepLinkInfoEmpty:
    """Say that an unknown kind of link means nothing here either."""
    return types.help.DeepLinkInfoEmpty()
