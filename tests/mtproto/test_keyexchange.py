"""Every kind of client gets a key that both sides share, and nothing weak, repeated or out of order gets one."""

import struct
import time
from collections.abc import Iterator

import pytest

from parley.mtproto import diffie_hellman as dh
from parley.mtproto import keyexchange as kx
from parley.mtproto.diffie_hellman import Workbench
from parley.mtproto.digests import sha1
from parley.mtproto.encryption import key_id_of
from parley.mtproto.errors import MtprotoError
from parley.mtproto.rsa_key import RsaKey, RsaKeys
from tests.mtproto.exchange import ClientExchange
from tests.mtproto.peer import MemoryKeyStore


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    workbench = Workbench(threads=1, stock=2)
    yield workbench
    workbench.close()


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


@pytest.fixture
def server(rsa_key: RsaKey, bench: Workbench, store: MemoryKeyStore) -> kx.KeyExchange:
    return kx.KeyExchange(RsaKeys(rsa_key), bench, store.save, time.time)


async def until_parameters(server: kx.KeyExchange, client: ClientExchange) -> bytes:
    started = await server.answer(client.start())
    return (await server.answer(client.parameters(started.body))).body


@pytest.mark.parametrize("padding", ["old", "new"])
@pytest.mark.parametrize("constructor", [kx.PQ_INNER, kx.PQ_INNER_DC, kx.PQ_INNER_TEMP, kx.PQ_INNER_TEMP_DC])
async def test_both_sides_end_with_the_same_key(
    server: kx.KeyExchange, store: MemoryKeyStore, rsa_key: RsaKey, padding: str, constructor: int
) -> None:
    client = ClientExchange(rsa_key, padding, constructor)
    reply = await server.answer(client.finish(await until_parameters(server, client)))
    assert client.verdict(reply.body) == kx.DH_GEN_OK
    assert reply.key is not None
    assert reply.key.key == client.key
    assert reply.key.auth_key_id == key_id_of(client.key)
    assert reply.key.first_salt == kx.first_salt(client.new_nonce, client.server_nonce)
    temporary = constructor in (kx.PQ_INNER_TEMP, kx.PQ_INNER_TEMP_DC)
    assert (reply.key.expires_at is not None) == temporary
    assert store.records[reply.key.auth_key_id] == reply.key, "the key is kept before the client hears of it"


async def test_the_old_first_step_works_too(server: kx.KeyExchange, rsa_key: RsaKey) -> None:
    client = ClientExchange(rsa_key)
    assert (await server.answer(client.start(kx.REQ_PQ))).body.startswith(kx.RES_PQ.to_bytes(4, "little"))


async def test_a_taken_key_id_makes_the_client_choose_again(
    server: kx.KeyExchange, store: MemoryKeyStore, rsa_key: RsaKey
) -> None:
    client = ClientExchange(rsa_key)
    store.refuse_saves = 1
    reply = await server.answer(client.finish(await until_parameters(server, client)))
    assert client.verdict(reply.body) == kx.DH_GEN_RETRY
    auxiliary = int.from_bytes(sha1(client.key).digest()[:8], "little", signed=True)
    again = await server.answer(client.finish(b"", retry_id=auxiliary))
    assert client.verdict(again.body) == kx.DH_GEN_OK


async def test_after_many_collisions_the_exchange_fails(
    server: kx.KeyExchange, store: MemoryKeyStore, rsa_key: RsaKey
) -> None:
    client = ClientExchange(rsa_key)
    store.refuse_saves = 100
    reply = await server.answer(client.finish(await until_parameters(server, client)))
    while not reply.over:
        auxiliary = int.from_bytes(sha1(client.key).digest()[:8], "little", signed=True)
        reply = await server.answer(client.finish(b"", retry_id=auxiliary))
    assert client.verdict(reply.body) == kx.DH_GEN_FAIL


@pytest.mark.parametrize("g_b", [0, 1, 2, dh.PRIME - 1, dh.PRIME, 2**1983, dh.PRIME - 2**1983])
async def test_weak_public_values_get_no_key(
    server: kx.KeyExchange, store: MemoryKeyStore, rsa_key: RsaKey, g_b: int
) -> None:
    client = ClientExchange(rsa_key)
    reply = await server.answer(client.finish(await until_parameters(server, client), g_b=g_b))
    assert reply.over
    assert client.verdict(reply.body) == kx.DH_GEN_FAIL
    assert not store.records


async def test_steps_out_of_order_are_refused(server: kx.KeyExchange, rsa_key: RsaKey) -> None:
    client = ClientExchange(rsa_key)
    with pytest.raises(MtprotoError):
        await server.answer(client.finish(b""))
    started = await server.answer(client.start())
    parameters = client.parameters(started.body)
    with pytest.raises(MtprotoError):
        await server.answer(client.finish(b""))
    await server.answer(parameters)
    with pytest.raises(MtprotoError):
        await server.answer(parameters)


async def test_a_new_start_forgets_the_former_exchange(server: kx.KeyExchange, rsa_key: RsaKey) -> None:
    former, client = ClientExchange(rsa_key), ClientExchange(rsa_key)
    started = await server.answer(former.start())
    await server.answer(client.start())
    with pytest.raises(MtprotoError):
        await server.answer(former.parameters(started.body))


async def test_wrong_factors_fingerprint_or_nonces_are_refused(server: kx.KeyExchange, rsa_key: RsaKey) -> None:
    client = ClientExchange(rsa_key)
    good = client.parameters((await server.answer(client.start())).body)
    for position in (4, 20, 37, 46, 55):
        broken = bytearray(good)
        broken[position] ^= 1
        with pytest.raises(MtprotoError):
            await server.answer(bytes(broken))
    assert (await server.answer(good)).body


@pytest.mark.parametrize("what", ["another new nonce", "altered data", "too large", "garbage"])
async def test_inner_data_that_does_not_verify_is_refused(
    server: kx.KeyExchange, rsa_key: RsaKey, what: str
) -> None:
    client = ClientExchange(rsa_key)
    good = client.parameters((await server.answer(client.start())).body)
    block = {
        "another new nonce": client.encrypt(bytes(100)),
        "altered data": good[-256:-1] + bytes((good[-1] ^ 1,)),
        "too large": b"\xff" * 256,
        "garbage": bytes(256),
    }[what]
    with pytest.raises(MtprotoError):
        await server.answer(good[:-256] + block)


async def test_a_wrong_retry_id_is_refused(server: kx.KeyExchange, rsa_key: RsaKey) -> None:
    client = ClientExchange(rsa_key)
    with pytest.raises(MtprotoError):
        await server.answer(client.finish(await until_parameters(server, client), retry_id=5))


async def test_a_temporary_key_lives_neither_too_long_nor_too_short(
    server: kx.KeyExchange, rsa_key: RsaKey
) -> None:
    for wanted, most in ((2**31 - 1, 7 * 24 * 3600), (-5, 60)):
        client = ClientExchange(rsa_key, constructor=kx.PQ_INNER_TEMP, expires_in=wanted)
        reply = await server.answer(client.finish(await until_parameters(server, client)))
        assert reply.key is not None
        assert reply.key.expires_at == reply.key.created_at + most


def test_the_group_is_what_clients_check() -> None:
    import gmpy2

    assert dh.PRIME.bit_length() == 2048
    assert gmpy2.is_prime(dh.PRIME, 10)
    assert gmpy2.is_prime((dh.PRIME - 1) // 2, 10)
    assert dh.PRIME % 3 == 2, "the rule for the generator 3"
    pair = dh.make_pair()
    assert dh.is_acceptable(pair.public)
    assert not dh.is_acceptable(1)
    factors = dh.make_factors()
    assert factors.p < factors.q < 2**31
    assert gmpy2.is_prime(factors.p)
    assert gmpy2.is_prime(factors.q)


async def test_while_the_servers_key_is_changed_clients_with_either_key_come_in(
    rsa_key: RsaKey, bench: Workbench, store: MemoryKeyStore
) -> None:
    """Clients that ship the old key work until the day that was named, and not after it."""
    now, new = [1_000.0], RsaKey.generate()
    both = RsaKeys(new, rsa_key, until=2_000.0)
    for key in (rsa_key, new):
        exchange, client = kx.KeyExchange(both, bench, store.save, lambda: now[0]), ClientExchange(key)
        reply = await exchange.answer(client.finish(await until_parameters(exchange, client)))
        assert client.verdict(reply.body) == kx.DH_GEN_OK
    now[0] = 2_000.0
    exchange, client = kx.KeyExchange(both, bench, store.save, lambda: now[0]), ClientExchange(rsa_key)
    answer = await exchange.answer(client.start())
    assert struct.pack("<q", rsa_key.fingerprint) not in answer.body
    late = answer.body.replace(struct.pack("<q", new.fingerprint), struct.pack("<q", rsa_key.fingerprint))
    with pytest.raises(MtprotoError):
        await exchange.answer(client.parameters(late))
