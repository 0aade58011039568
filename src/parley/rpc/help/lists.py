"""Lists that clients show on the way in: countries, time zones, colours."""

from __future__ import annotations

from zlib import crc32
from zoneinfo import ZoneInfo, available_timezones

from parley.rpc.context import Context
from parley.rpc.help.countries import COUNTRIES, Country
from parley.rpc.registry import method
from parley.tl import functions, types

_COUNTRIES_HASH = crc32(repr(COUNTRIES).encode()) & 0x7FFFFFFF
_SHOWN_REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
#: Name colours 0 to 6 are built into every client (core.telegram.org/api/colors).
_BUILT_IN_COLORS = 7


@method("help.getCountriesList", anonymous=True)
async def get_countries_list(
    ctx: Context, request: functions.help.GetCountriesList
) -> types.help.CountriesList | types.help.CountriesListNotModified:
    """Give countries and their calling codes, for the field of the phone number."""
    if request.hash == _COUNTRIES_HASH:
        return types.help.CountriesListNotModified()
    return types.help.CountriesList(countries=[_country(c) for c in COUNTRIES], hash=_COUNTRIES_HASH)


@method("help.getTimezonesList")
async def get_timezones_list(
    ctx: Context, request: functions.help.GetTimezonesList
) -> types.help.TimezonesList | types.help.TimezonesListNotModified:
    """Give the time zones that this machine knows, with their present distance from UTC."""
    now = ctx.services.clock.now()
    zones = [("UTC", 0)]
    for name in sorted(z for z in available_timezones() if z.startswith(_SHOWN_REGIONS)):
        offset = now.astimezone(ZoneInfo(name)).utcoffset()
        zones.append((name, int(offset.total_seconds()) if offset else 0))
    version = crc32(repr(zones).encode()) & 0x7FFFFFFF
    if request.hash == version:
        return types.help.TimezonesListNotModified()
    shown = [types.Timezone(id=n, name=n.split("/")[-1].replace("_", " "), utc_offset=o) for n, o in zones]
    return types.help.TimezonesList(timezones=shown, hash=version)


@method("help.getPeerColors")
async def get_peer_colors(
    ctx: Context, request: functions.help.GetPeerColors
) -> types.help.PeerColors | types.help.PeerColorsNotModified:
    """Name the colours of names: those that clients have built in."""
    if request.hash == _BUILT_IN_COLORS:
        return types.help.PeerColorsNotModified()
    options = [types.help.PeerColorOption(color_id=color) for color in range(_BUILT_IN_COLORS)]
    return types.help.PeerColors(hash=_BUILT_IN_COLORS, colors=options)


@method("help.getPeerProfileColors")
async def get_peer_profile_colors(
    ctx: Context, request: functions.help.GetPeerProfileColors
) -> types.help.PeerColors:
    """Name the colours of profiles: there are none to choose."""
    return types.help.PeerColors(hash=0, colors=[])


def _country(country: Country) -> types.help.Country:
    return types.help.Country(
        iso2=country.iso2,
        default_name=country.name,
        country_codes=[types.help.CountryCode(country_code=country.code, prefixes=list(country.prefixes) or None)],
    )
