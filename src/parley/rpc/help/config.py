"""Where this server is and within which limits it works."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Any
from zlib import crc32

from parley.messenger.accounts import rules as account_rules
from parley.messenger.channels import rules as channel_rules
from parley.rpc.context import Context
from parley.rpc.help.json_values import json_value
from parley.rpc.registry import method
from parley.tl import functions, types

_VALID_FOR = timedelta(hours=1)
_FOR_EVER = 2**31 - 1
_EDIT_TIME_S = 48 * 3600
_CAPTION_LENGTH, _MESSAGE_LENGTH = 1024, 4096
_PINNED_DIALOGS = 5

#: Limits and switches by Telegram's names (core.telegram.org/api/config#client-configuration). There is one class
#: of accounts, so that each limit is the same with and without a subscription, and nothing of it is for sale.
_APP_CONFIG: dict[str, Any] = {
    "premium_purchase_blocked": True,
    "stargifts_blocked": True,
    "stories_posting": "disabled",
    "about_length_limit_default": account_rules.ABOUT_LENGTH,
    "about_length_limit_premium": account_rules.ABOUT_LENGTH,
    "caption_length_limit_default": _CAPTION_LENGTH,
    "caption_length_limit_premium": _CAPTION_LENGTH,
    "channels_limit_default": channel_rules.MOST_CHANNELS,
    "channels_limit_premium": channel_rules.MOST_CHANNELS,
    "channels_public_limit_default": channel_rules.MOST_PUBLIC,
    "channels_public_limit_premium": channel_rules.MOST_PUBLIC,
    "dialogs_pinned_limit_default": _PINNED_DIALOGS,
    "dialogs_pinned_limit_premium": _PINNED_DIALOGS,
    "default_emoji_statuses_stickerset_id": "0",
    "emojies_send_dice": [],
    "hidden_members_group_size_min": 100,
    "telegram_antispam_group_size_min": 200,
    "whitelisted_domains": [],
}


@method("help.getConfig", anonymous=True)
async def get_config(ctx: Context, request: functions.help.GetConfig) -> types.Config:
    """Give the one data centre and the server's limits."""
    server, now = ctx.services.server, ctx.services.clock.now()
    return types.Config(
        date=int(now.timestamp()),
        expires=int((now + _VALID_FOR).timestamp()),
        test_mode=_in_test_mode(ctx),
        this_dc=server.dc_id,
        dc_options=[_dc_option(server.dc_id, address, server.mtproto_port) for address in server.addresses],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=120_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=_EDIT_TIME_S,
        revoke_pm_inbox=True,
        revoke_time_limit=_FOR_EVER,
        revoke_pm_time_limit=_FOR_EVER,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix=f"{server.origin}/",
        caption_length_max=_CAPTION_LENGTH,
        message_length_max=_MESSAGE_LENGTH,
        webfile_dc_id=server.dc_id,
    )


@method("help.getAppConfig", anonymous=True)
async def get_app_config(
    ctx: Context, request: functions.help.GetAppConfig
) -> types.help.AppConfig | types.help.AppConfigNotModified:
    """Give the limits and switches that clients follow."""
    version = crc32(repr(_APP_CONFIG).encode()) & 0x7FFFFFFF
    if request.hash == version:
        return types.help.AppConfigNotModified()
    return types.help.AppConfig(hash=version, config=json_value(_APP_CONFIG))


@method("help.getNearestDc", anonymous=True)
async def get_nearest_dc(ctx: Context, request: functions.help.GetNearestDc) -> types.NearestDc:
    """Name the one data centre; the server does not look up where its callers are."""
    server = ctx.services.server
    return types.NearestDc(country=server.country, this_dc=server.dc_id, nearest_dc=server.dc_id)


@method("help.getCdnConfig", anonymous=True)
async def get_cdn_config(ctx: Context, request: functions.help.GetCdnConfig) -> types.CdnConfig:
    """Say that files come from this server alone."""
    return types.CdnConfig(public_keys=[])


def _in_test_mode(ctx: Context) -> bool:
    """Clients in test mode say so while they connect, and refuse a configuration that denies it."""
    return ctx.call.test_mode


def _dc_option(dc_id: int, address: str, port: int) -> types.DcOption:
    is_v6 = ipaddress.ip_address(address).version == 6
    return types.DcOption(id=dc_id, ip_address=address, port=port, ipv6=is_v6)
