"""Small switches that clients keep with the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.messenger.accounts.model import ACCOUNT_TTL, ACCOUNT_TTL_DAYS
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types

_SENSITIVE, _SILENT_SIGN_UPS, _GLOBAL_PRIVACY = "sensitive_content", "silent_sign_ups", "global_privacy"
_GLOBAL_MARKS = (
    "archive_and_mute_new_noncontact_peers",
    "keep_archived_unmuted",
    "keep_archived_folders",
    "hide_read_marks",
)
#: Token type 7 belongs to a client that keeps a connection open and needs nobody to wake it.
_OPEN_CONNECTION = 7


@method("account.getAccountTTL")
async def get_account_ttl(ctx: Context, request: functions.account.GetAccountTTL) -> types.AccountDaysTTL:
    """Say after how many days without use the account deletes itself."""
    return types.AccountDaysTTL(days=await _setting(ctx, ACCOUNT_TTL, ACCOUNT_TTL_DAYS))


@method("account.setAccountTTL")
async def set_account_ttl(ctx: Context, request: functions.account.SetAccountTTL) -> bool:
    """Choose after how many days without use the account deletes itself: 30 to 730."""
    days = getattr(request.ttl, "days", 0)
    if not 30 <= days <= 730:
        raise BadRequest("TTL_DAYS_INVALID")
    return await _set(ctx, ACCOUNT_TTL, days)


@method("account.getContentSettings")
async def get_content_settings(
    ctx: Context, request: functions.account.GetContentSettings
) -> types.account.ContentSettings:
    """Say whether sensitive media is shown without a veil."""
    return types.account.ContentSettings(
        sensitive_enabled=await _setting(ctx, _SENSITIVE, False), sensitive_can_change=True
    )


@method("account.setContentSettings")
async def set_content_settings(ctx: Context, request: functions.account.SetContentSettings) -> bool:
    """Choose whether sensitive media is shown without a veil."""
    return await _set(ctx, _SENSITIVE, request.sensitive_enabled)


@method("account.getGlobalPrivacySettings")
async def get_global_privacy_settings(
    ctx: Context, request: functions.account.GetGlobalPrivacySettings
) -> types.GlobalPrivacySettings:
    """Give the switches for chats with strangers and the archive."""
    stored: dict[str, bool] = await _setting(ctx, _GLOBAL_PRIVACY, {})
    return _global_privacy(stored)


@method("account.setGlobalPrivacySettings")
async def set_global_privacy_settings(
    ctx: Context, request: functions.account.SetGlobalPrivacySettings
) -> types.GlobalPrivacySettings:
    """Set the switches for chats with strangers and the archive; what costs Stars is not offered."""
    given: Any = request.settings
    if given.new_noncontact_peers_require_premium or given.noncontact_peers_paid_stars:
        raise BadRequest("PRIVACY_VALUE_INVALID")
    chosen = {name: bool(getattr(given, name)) for name in _GLOBAL_MARKS}
    await _set(ctx, _GLOBAL_PRIVACY, chosen)
    return _global_privacy(chosen)


@method("account.getContactSignUpNotification")
async def get_contact_sign_up_notification(
    ctx: Context, request: functions.account.GetContactSignUpNotification
) -> bool:
    """Say whether the account does not want to hear when contacts sign up."""
    return bool(await _setting(ctx, _SILENT_SIGN_UPS, False))


@method("account.setContactSignUpNotification")
async def set_contact_sign_up_notification(
    ctx: Context, request: functions.account.SetContactSignUpNotification
) -> bool:
    """Choose whether to hear when contacts sign up."""
    return await _set(ctx, _SILENT_SIGN_UPS, request.silent)


@method("account.registerDevice")
async def register_device(ctx: Context, request: functions.account.RegisterDevice) -> bool:
    """Refuse tokens of push services, which this server does not use; an open connection needs none."""
    _check_token(request.token_type, request.token)
    return True


@method("account.unregisterDevice")
async def unregister_device(ctx: Context, request: functions.account.UnregisterDevice) -> bool:
    """The counterpart of `account.registerDevice`."""
    _check_token(request.token_type, request.token)
    return True


def _global_privacy(marks: Mapping[str, bool]) -> types.GlobalPrivacySettings:
    made = types.GlobalPrivacySettings()
    for name in _GLOBAL_MARKS:
        setattr(made, name, marks.get(name, False))
    return made


def _check_token(token_type: int, token: str) -> None:
    if not token:
        raise BadRequest("TOKEN_EMPTY")
    if token_type != _OPEN_CONNECTION:
        raise BadRequest("TOKEN_TYPE_INVALID")


async def _setting(ctx: Context, name: str, default: Any) -> Any:
    return await ctx.services.preferences.setting(ctx.me, name, default)


async def _set(ctx: Context, name: str, value: object) -> bool:
    await ctx.services.preferences.set_setting(ctx.me, name, value)
    return True
