"""The devices that an account is signed in on; none is shown with an address but the calling one."""

from __future__ import annotations

from parley.messenger.accounts.model import DEVICE_TTL, DEVICE_TTL_DAYS, Device
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types


@method("account.getAuthorizations")
async def get_authorizations(
    ctx: Context, request: functions.account.GetAuthorizations
) -> types.account.Authorizations:
    """List the devices, the caller's own first, as clients expect."""
    devices = await ctx.services.devices.list(ctx.me)
    devices.sort(key=lambda device: device.auth_key_id != ctx.key)
    ttl = await ctx.services.preferences.setting(ctx.me, DEVICE_TTL, DEVICE_TTL_DAYS)
    return types.account.Authorizations(
        authorization_ttl_days=ttl, authorizations=[_authorization(ctx, device) for device in devices]
    )


@method("account.resetAuthorization")
async def reset_authorization(ctx: Context, request: functions.account.ResetAuthorization) -> bool:
    """End one of the other devices."""
    if request.hash == 0:
        raise BadRequest("HASH_INVALID")
    await ctx.services.devices.end(ctx.me, request.hash)
    return True


@method("account.setAuthorizationTTL")
async def set_authorization_ttl(ctx: Context, request: functions.account.SetAuthorizationTTL) -> bool:
    """Say after how many days an unused device is signed out."""
    if not 1 <= request.authorization_ttl_days <= 366:
        raise BadRequest("TTL_DAYS_INVALID")
    await ctx.services.preferences.set_setting(ctx.me, DEVICE_TTL, request.authorization_ttl_days)
    return True


@method("account.getWebAuthorizations")
async def get_web_authorizations(
    ctx: Context, request: functions.account.GetWebAuthorizations
) -> types.account.WebAuthorizations:
    """List the websites that one signed in to with the account: this server offers that to none."""
    return types.account.WebAuthorizations(authorizations=[], users=[])


def _authorization(ctx: Context, device: Device) -> types.Authorization:
    current = device.auth_key_id == ctx.key
    return types.Authorization(
        current=current,
        hash=0 if current else ctx.services.devices.hash_of(device),
        device_model=device.device_model,
        platform="",
        system_version=device.system_version,
        api_id=device.api_id,
        app_name="",
        app_version=device.app_version,
        date_created=int(device.created_at.timestamp()),
        date_active=int(device.active_at.timestamp()),
        ip=ctx.call.address[0] if current else "",
        country="",
        region="",
    )
