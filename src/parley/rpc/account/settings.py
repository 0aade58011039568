"""Small switches that clients keep with the account."""

from __future__ import annotations

from typing import Any

from parley.messenger.accounts.model import ACCOUNT_TTL, ACCOUNT_TTL_DAYS
from parley.messenger.errors import BadRequest, Forbidden
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types

_HIDE_READ_MARKS = "hide_read_marks"
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
    """Say that nothing here is marked as sensitive, so that there is nothing to choose."""
    return types.account.ContentSettings(sensitive_enabled=False, sensitive_can_change=False)


@method("account.setContentSettings")
async def set_content_settings(ctx: Context, request: functions.account.SetContentSettings) -> bool:
    """Refuse to lift a veil that nothing here has."""
    if request.sensitive_enabled:
        raise Forbidden("SENSITIVE_CHANGE_FORBIDDEN")
    return True


@method("account.getGlobalPrivacySettings")
async def get_global_privacy_settings(
    ctx: Context, request: functions.account.GetGlobalPrivacySettings
) -> types.GlobalPrivacySettings:
    """Give the switches for chats with strangers and the archive."""
    return types.GlobalPrivacySettings(hide_read_marks=await _setting(ctx, _HIDE_READ_MARKS, False))


@method("account.setGlobalPrivacySettings")
async def set_global_privacy_settings(
    ctx: Context, request: functions.account.SetGlobalPrivacySettings
) -> types.GlobalPrivacySettings:
    """Choose to hide when one read something; refuse what needs an archive or Stars, which are not here."""
    given: Any = request.settings
    if given.archive_and_mute_new_noncontact_peers:
        raise BadRequest("AUTOARCHIVE_NOT_AVAILABLE")
    if given.keep_archived_unmuted or given.keep_archived_folders:
        raise BadRequest("SETTINGS_INVALID")
    if given.new_noncontact_peers_require_premium or given.noncontact_peers_paid_stars or given.disallowed_gifts:
        raise BadRequest("PRIVACY_VALUE_INVALID")
    await _set(ctx, _HIDE_READ_MARKS, given.hide_read_marks)
    return types.GlobalPrivacySettings(hide_read_marks=given.hide_read_marks)


@method("account.getContactSignUpNotification")
async def get_contact_sign_up_notification(
    ctx: Context, request: functions.account.GetContactSignUpNotification
) -> bool:
    """Say that one does not hear when contacts sign up: numbers without an account are not kept."""
    return True


@method("account.setContactSignUpNotification")
async def set_contact_sign_up_notification(
    ctx: Context, request: functions.account.SetContactSignUpNotification
) -> bool:
    """Refuse to announce contacts who sign up; nobody could be told, as numbers without an account are not kept."""
    if not request.silent:
        raise BadRequest("SETTINGS_INVALID")
    return True


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
