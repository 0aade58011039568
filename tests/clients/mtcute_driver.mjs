// Lets a test drive @mtcute/node: one JSON request a line on standard input, one JSON answer a line on standard
// output; updates are written as they come. It is a person's client in the journeys, so it uses mtcute's own calls.
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import { TelegramClient, MemoryStorage } from '@mtcute/node'
import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { addPublicKey } from '@mtcute/core/utils.js'

const [host, port, keyFile] = process.argv.slice(2)
const dc = { id: 2, ipAddress: host, port: Number(port) }
const crypto = new NodeCryptoProvider()
await crypto.initialize?.()
addPublicKey(crypto, readFileSync(keyFile, 'utf8'))

const storage = new MemoryStorage()

// What a client keeps outlives it: the next one with the same storage goes on where the last one stood.
function opened (updates = {}) {
  return new TelegramClient({
    apiId: 1,
    apiHash: '0'.repeat(32),
    crypto,
    storage,
    defaultDcs: { main: dc, media: dc },
    logLevel: Number(process.env.MTCUTE_LOG ?? 0),
    updates,
  })
}

let client = opened()

async function hear () {
  client.onRawUpdate.add(({ update }) => write({ update }))
  await client.startUpdatesLoop()
}

function write (value) {
  process.stdout.write(JSON.stringify(value, plain) + '\n')
}

// Longs and byte arrays have no JSON form of their own.
function plain (_key, value) {
  if (value && typeof value === 'object' && 'low' in value && 'high' in value) return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'bigint') return value.toString()
  return value
}

const actions = {
  connect: async () => { await client.connect() },
  sendCode: async ({ phone }) => client.call({
    _: 'auth.sendCode', phoneNumber: phone, apiId: 1, apiHash: '0'.repeat(32), settings: { _: 'codeSettings' },
  }),
  signIn: ({ phone, hash, code }) => client.call({
    _: 'auth.signIn', phoneNumber: phone, phoneCodeHash: hash, phoneCode: code,
  }),
  signUp: async ({ phone, hash, first, last }) => {
    const made = await client.call({
      _: 'auth.signUp', phoneNumber: phone, phoneCodeHash: hash, firstName: first, lastName: last ?? '',
    })
    await client.notifyLoggedIn(made)
    return { id: made.user.id }
  },
  call: ({ request }) => client.call(request),
  startUpdates: hear,
  goOffline: async () => { await client.disconnect() },
  comeBack: async () => {
    client = opened({ catchUp: true })
    await client.connect()
    await hear()
  },
  send: async ({ to, text, replyTo }) => {
    const sent = await client.sendText(to, text, { replyTo })
    return { id: sent.id, text: sent.text }
  },
  edit: async ({ to, id, text }) => ({ id: (await client.editMessage({ chatId: to, message: id, text })).id }),
  remove: ({ to, ids }) => client.deleteMessagesById(to, ids),
  history: async ({ of, limit }) => (await client.getHistory(of, { limit })).map((m) => ({ id: m.id, text: m.text })),
  resolve: async ({ name }) => ({ id: (await client.resolvePeer(name)).userId ?? (await client.resolvePeer(name)).channelId }),
  read: ({ of, maxId }) => client.readHistory(of, { maxId }),
  typing: ({ to }) => client.sendTyping({ peerId: to }),
  close: async () => { await client.destroy() },
}

write({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const { id, action, ...rest } = JSON.parse(line)
  try {
    write({ id, result: (await actions[action](rest)) ?? null })
  } catch (error) {
    write({ id, error: { name: error.text ?? error.name, code: error.code, message: String(error.stack) } })
  }
  if (action === 'close') break
}
process.exit(0)
