"""help.* and langpack.*: a client learns where the server is before anybody signs in."""

from dataclasses import replace

import pytest

from parley.rpc.dispatcher import Dispatcher
from parley.rpc.help.countries import COUNTRIES
from parley.rpc.registry import METHODS
from parley.rpc.services import ServerInfo
from parley.tl import functions, layers, types
from tests.rpc.conftest import OpenLimits


async def test_the_configuration_names_this_server_in_every_layer(server):
    person = await server.device()
    config = await person.call(functions.help.GetConfig())
    [option] = config.dc_options
    assert (option.id, option.ip_address, option.port) == (2, "127.0.0.1", 8443)
    assert not config.test_mode
    assert config.expires > config.date
    for layer in layers.SUPPORTED:
        assert layers.get(layer).encode_result(functions.help.GetConfig(), config)


async def test_a_known_app_configuration_and_country_list_are_not_sent_again(server):
    person = await server.device()
    config = await person.call(functions.help.GetAppConfig(hash=0))
    names = {entry.key: entry.value for entry in config.config.value}
    assert names["channels_public_limit_default"].value == 10
    again = await person.call(functions.help.GetAppConfig(hash=config.hash))
    assert isinstance(again, types.help.AppConfigNotModified)
    countries = await person.call(functions.help.GetCountriesList(lang_code="en", hash=0))
    assert len(countries.countries) == len(COUNTRIES)
    again = await person.call(functions.help.GetCountriesList(lang_code="en", hash=countries.hash))
    assert isinstance(again, types.help.CountriesListNotModified)


def test_every_country_is_listed_once():
    assert len({c.iso2 for c in COUNTRIES}) == len(COUNTRIES)
    assert all(c.code.isdigit() and all(p.isdigit() for p in c.prefixes) for c in COUNTRIES)


@pytest.mark.parametrize(
    "function",
    [
        functions.help.GetNearestDc(),
        functions.help.GetCdnConfig(),
        functions.help.GetInviteText(),
        functions.help.GetAppUpdate(source=""),
        functions.help.GetDeepLinkInfo(path="x"),
        functions.langpack.GetLangPack(lang_pack="android", lang_code="en"),
        functions.langpack.GetDifference(lang_pack="tdesktop", lang_code="en", from_version=3),
        functions.langpack.GetStrings(lang_pack="ios", lang_code="en", keys=["Hello"]),
        functions.langpack.GetLanguages(lang_pack=""),
        functions.langpack.GetLanguage(lang_pack="ios", lang_code="en"),
        functions.auth.DropTempAuthKeys(except_auth_keys=[]),
    ],
    ids=lambda function: function.TL_NAME,
)
async def test_what_clients_ask_before_sign_in_is_answered(server, function):
    await (await server.device()).call(function)


async def test_a_language_that_we_do_not_have_is_refused(server):
    person = await server.device()
    asked = functions.langpack.GetLanguage(lang_pack="ios", lang_code="xx")
    assert await person.refused(asked) == "LANG_CODE_NOT_SUPPORTED"


async def test_a_client_is_told_each_address_in_its_family(server):
    here = ServerInfo(("203.0.113.5", "2001:db8::5"), 443, "https://chat.example.org")
    reached = Dispatcher(METHODS, replace(server.services, server=here), server.messenger.devices, OpenLimits())
    config = await (await replace(server, dispatcher=reached).device()).call(functions.help.GetConfig())
    told = [(option.ip_address, option.port, option.ipv6) for option in config.dc_options]
    assert told == [("203.0.113.5", 443, False), ("2001:db8::5", 443, True)]
