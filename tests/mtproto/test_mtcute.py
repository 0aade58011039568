"""mtcute (newer padding, salts asked for at once, temporary keys) reaches the server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.javascript import CLIENTS, missing, node
from tests.journeys.waiting import LIMIT_S
from tests.mtproto.conftest import Running

NODE = node()

pytestmark = [pytest.mark.node, pytest.mark.skipif(missing() is not None, reason=missing() or "")]


PROGRAM = """
import { readFileSync } from 'node:fs'
import { TelegramClient, MemoryStorage } from '@mtcute/node'
import { NodeCryptoProvider, addPublicKey } from '@mtcute/node/utils.js'

// What mtcute logs goes to standard error, for whoever reads why this failed.
console.log = console.error
const [host, port, keyFile] = process.argv.slice(2)
const dc = { id: 2, ipAddress: host, port: Number(port) }
const crypto = new NodeCryptoProvider()
await crypto.initialize?.()
addPublicKey(crypto, readFileSync(keyFile, 'utf8'))
const client = new TelegramClient({
  apiId: 1, apiHash: '0'.repeat(32), crypto, storage: new MemoryStorage(), defaultDcs: { main: dc, media: dc },
  disableUpdates: true, logLevel: 3, initConnectionOptions: { deviceModel: 'test' }, network: { usePfs: USE_PFS },
})
await client.connect()
const nearest = await client.call({ _: 'help.getNearestDc' })
process.stdout.write(JSON.stringify({ country: nearest.country }) + '\\n')
await client.destroy()
process.exit(0)
"""


@pytest.mark.parametrize("temporary_keys", [False, True])
async def test_mtcute_connects_and_calls(running: Running, tmp_path: Path, temporary_keys: bool) -> None:
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    program, key = tmp_path / "client.mjs", tmp_path / "server.pem"
    program.write_text(PROGRAM.replace("USE_PFS", "true" if temporary_keys else "false"))
    key.write_text(running.rsa.public_pem())
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE, str(program), running.host, str(running.port), str(key), stdout=asyncio.subprocess.PIPE
    )
    try:
        # mtcute gives each step of a key exchange five seconds and then begins anew: when busy, that takes a while
        async with asyncio.timeout(LIMIT_S):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert json.loads(out) == {"country": "SE"}
    call = running.handler.calls[-1]
    assert (call.layer, call.bound, call.client.device_model) == (227, True, "test")
    # mtcute strips a leading zero off a key and then exchanges another one (docs/protocol.md).
    stripped = sum(record.key[0] == 0 for record in running.store.records.values())
    assert running.server.counters.handshakes == (2 if temporary_keys else 1) + stripped
    assert running.server.counters.handshakes_failed == 0
    assert running.server.counters.bad_messages == 0
    assert running.server.counters.rpc_errors == 0
