"""Behind a proxy people are told apart by their own address and port, and nobody can claim another's."""

from __future__ import annotations

import pytest

from parley.core.errors import ConfigurationError
from parley.core.networks import TrustedNetworks
from parley.core.settings import Settings
from parley.web.forwarded import ForwardedAddresses, ForwardedHeader, address_of

X, RFC = ForwardedHeader.X_FORWARDED_FOR, ForwardedHeader.FORWARDED
PROXY = ("127.0.0.1", 40000)
_PADDED = b"203.0.113.66" + b" " * 4200


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.7", ("192.0.2.7", 0)),
        ("192.0.2.7:51000", ("192.0.2.7", 51000)),
        ("2001:db8::7", ("2001:db8::7", 0)),
        ("[2001:db8::7]", ("2001:db8::7", 0)),
        ('"[2001:db8:0::7]:51000"', ("2001:db8::7", 51000)),
        ("[::ffff:192.0.2.7]:51000", ("192.0.2.7", 51000)),
        ("192.0.2.7:0", ("192.0.2.7", 0)),
        ("192.0.2.7:99999", ("192.0.2.7", 0)),
        ("192.0.2.7:_x", ("192.0.2.7", 0)),
        ("192.0.2.7:５", ("192.0.2.7", 0)),
        ("unknown", None),
        ("_hidden:51000", None),
        ("", None),
        ("[2001:db8::7", ("2001:db8::7", 0)),
    ],
)
def test_an_address_is_read_in_every_form_and_a_port_only_where_there_is_one(text, found):
    assert address_of(text) == found


async def seen(headers, header=X, client=PROXY, trusted=("127.0.0.0/8", "2001:db8:1::/48"), kind="http"):
    scopes = []

    async def app(scope, receive, send):
        scopes.append(scope)

    scope = {"type": kind, "client": client, "scheme": "http", "headers": headers}
    await ForwardedAddresses(app, TrustedNetworks(trusted), header)(scope, None, None)
    return scopes[0]["client"], scopes[0]["scheme"]


async def test_a_trusted_proxy_names_address_port_and_scheme():
    headers = [(b"x-forwarded-for", b"[2001:db8::7]:51000"), (b"x-forwarded-proto", b"https")]
    assert await seen(headers) == (("2001:db8::7", 51000), "https")
    assert await seen(headers, kind="websocket") == (("2001:db8::7", 51000), "wss")
    assert await seen(headers, client=("::ffff:127.0.0.1", 1)) == (("2001:db8::7", 51000), "https")
    rfc = [(b"forwarded", b'for="[2001:db8::7]:51000";proto=https;by=203.0.113.5')]
    assert await seen(rfc, RFC) == (("2001:db8::7", 51000), "https")


async def test_nobody_else_is_believed():
    headers = [
        (b"x-forwarded-for", b"192.0.2.7:51000"),
        (b"forwarded", b"for=192.0.2.7"),
        (b"x-forwarded-proto", b"https"),
    ]
    stranger = ("198.51.100.9", 1234)
    for header in ForwardedHeader:
        assert await seen(headers, header, client=stranger) == (stranger, "http")


async def test_what_a_person_put_into_the_header_stands_left_of_the_truth():
    assert (await seen([(b"x-forwarded-for", b"203.0.113.66:1, 192.0.2.7:51000")]))[0] == ("192.0.2.7", 51000)
    twice = [(b"x-forwarded-for", b"203.0.113.66"), (b"x-forwarded-for", b"192.0.2.7:51000, [2001:db8:1::5]:2")]
    assert (await seen(twice))[0] == ("192.0.2.7", 51000), "a second trusted proxy is passed over"
    assert (await seen([(b"x-forwarded-for", _PADDED + b", 192.0.2.7:51000")]))[0] == ("192.0.2.7", 51000)
    in_lines = [(b"x-forwarded-for", _PADDED), (b"x-forwarded-for", b"192.0.2.7:51000")]
    assert (await seen(in_lines))[0] == ("192.0.2.7", 51000), "nor does it help to fill a line of one's own"


async def test_what_a_person_put_into_the_rfcs_header_stands_left_of_the_truth_too():
    forged = [(b"forwarded", b"For=203.0.113.66, for=192.0.2.7")]
    assert (await seen(forged, RFC))[0] == ("192.0.2.7", 0)
    padded = b"for=" + _PADDED + b", for=192.0.2.7"
    assert (await seen([(b"forwarded", padded)], RFC))[0] == ("192.0.2.7", 0)
    quoted = b'for="' + _PADDED + b'", for="[2001:db8::7]:51000"'
    assert (await seen([(b"forwarded", quoted)], RFC))[0] == ("2001:db8::7", 51000)


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [(X, b"203.0.113.66", b", 127.0.0.1"), (RFC, b'by="_p";for="203.0.113.66"', b', for="127.0.0.1"')],
)
async def test_a_word_that_was_cut_off_is_nobodys_address(header, first, last):
    """What is left of a longer address could be the address of somebody else."""

    async def named(length):
        value = first + b" " * (length - len(first) - len(last)) + last
        return (await seen([(header.value.encode(), value)], header))[0]

    assert await named(4096) == ("203.0.113.66", 0)
    assert [await named(4096 + cut) for cut in range(1, 40)] == [None] * 39


async def test_the_header_that_the_operators_proxy_does_not_set_says_nothing():
    both = [(b"x-forwarded-for", b"192.0.2.7:51000"), (b"forwarded", b"for=203.0.113.66")]
    assert (await seen(both, X))[0] == ("192.0.2.7", 51000)
    assert (await seen(both, RFC))[0] == ("203.0.113.66", 0)


async def test_a_person_whom_the_proxy_does_not_name_is_not_the_proxy():
    assert (await seen([(b"x-forwarded-for", b"unknown")]))[0] is None
    assert (await seen([(b"forwarded", b"proto=https")], RFC))[0] is None
    assert (await seen([]))[0] == PROXY, "the proxy's own requests are its own"


def test_a_third_header_is_refused_at_the_start():
    with pytest.raises(ConfigurationError, match="forwarded_header"):
        Settings(forwarded_header="x-real-ip")
