"""A stolen database gives no numbers, no keys and no way to name what one was never shown."""

import pytest

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.errors import ConfigurationError, Invalid
from parley.core.peers import Peer
from parley.messenger.accounts import sealing
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest


def test_a_number_opens_for_its_account_and_with_its_secret_alone(secrets):
    sealed = sealing.seal_phone(secrets, 5, "4930111111")
    assert sealing.open_phone(secrets, 5, sealed) == "4930111111"
    with pytest.raises(Invalid):
        sealing.open_phone(secrets, 6, sealed)
    with pytest.raises(Invalid):
        sealing.open_phone(Secrets.derive(b"y" * 32), 5, sealed)


def test_secrets_show_nothing_when_printed_and_must_be_long(secrets):
    assert secrets.phone.hex()[:8] not in repr(secrets)
    assert repr(secrets.phone) not in repr(secrets)
    with pytest.raises(ConfigurationError):
        Secrets.derive(b"short")


def test_an_access_hash_is_good_for_one_viewer_and_one_peer(secrets):
    hashes = AccessHashes(secrets)
    mine = hashes.of(1, Peer.user(2))
    hashes.check(1, Peer.user(2), mine)
    for viewer, peer, refusal in (
        (3, Peer.user(2), "USER_ID_INVALID"),
        (1, Peer.user(4), "USER_ID_INVALID"),
        (1, Peer.channel(2), "CHANNEL_INVALID"),
    ):
        with pytest.raises(BadRequest, match=refusal):
            hashes.check(viewer, peer, mine)
    assert -(2**63) <= mine < 2**63


async def test_an_authorization_key_survives_a_restart_and_lies_encrypted(messenger, restarted):
    key = AuthKey(-77, bytes(range(256)), 1_790_000_000, 99)
    assert await messenger.auth_keys.save(key)
    assert not await messenger.auth_keys.save(key)
    client = ClientInfo(6, "Desk", "1", "2", "en", "tdesktop", "de")
    await messenger.auth_keys.remember_client(-77, 229, client)
    loaded = await restarted.auth_keys.load(-77)
    assert (loaded.key, loaded.first_salt, loaded.layer, loaded.client) == (key.key, 99, 229, client)
    stored = await messenger.pools.of("messenger").fetchval("SELECT sealed FROM messenger.auth_keys")
    assert key.key not in stored
    assert await messenger.auth_keys.load(-78) is None


async def test_deleting_a_key_takes_its_temporary_keys_along(messenger):
    for ident, expires in ((-1, None), (-2, 1_790_000_100), (-3, 1_790_000_100)):
        await messenger.auth_keys.save(AuthKey(ident, b"k" * 256, 1_790_000_000, 1, expires))
    await messenger.auth_keys.bind(-2, -1, 1_790_000_100)
    await messenger.auth_keys.bind(-3, -1, 1_790_000_100)
    assert (await messenger.auth_keys.load(-2)).bound_to == -1
    assert await messenger.auth_keys.drop_temporary(-1, frozenset({-3})) == [-2]
    assert await messenger.auth_keys.load(-2) is None
    await messenger.auth_keys.delete(-1)
    assert await messenger.auth_keys.load(-3) is None


async def test_expired_temporary_keys_are_forgotten(messenger):
    await messenger.auth_keys.save(AuthKey(-2, b"k" * 256, 1_790_000_000, 1, 1_790_000_100))
    await messenger.auth_keys.purge(1_790_000_101)
    assert await messenger.auth_keys.load(-2) is None
