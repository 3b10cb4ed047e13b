import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { Exchange, type SiteDirectory } from '../../../scripts/switchboard/exchange.ts'
import { NO_FAULTS } from '../../../scripts/switchboard/faults.ts'
import { waitFor } from '../../helpers/wait-for.ts'

test(
  'a cut is a black hole for what is under way and for what comes, and nothing is lost when it is over',
  { timeout: 60_000 },
  async () => {
    await withLink(async ({ exchange, dial, received }) => {
      const first = await dial()
      first.write('one ')
      await until(() => received() === 'one ')
      exchange.faults = { ...NO_FAULTS, groups: [['b'], ['a']] }
      first.write('two ')
      const second = await dial()
      second.write('three ')
      await until(() => exchange.calls.length === 2)
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(received(), 'one ')
      exchange.faults = NO_FAULTS
      await until(() => received().includes('two ') && received().includes('three '))
      first.destroy()
      second.destroy()
      await until(() => exchange.calls.length === 0)
    })
  },
)

test('a slow link delays and keeps the order, also when it gets fast again', { timeout: 60_000 }, () =>
  withLink(async ({ exchange, dial, received }) => {
    exchange.faults = { ...NO_FAULTS, slow: { b: { delayMs: 300, bytesPerSecond: 1e6 } } }
    const client = await dial()
    const began = performance.now()
    client.write('slow ')
    await until(() => received() === 'slow ')
    assert.ok(performance.now() - began >= 299)
    client.write('still ')
    await new Promise((resolve) => setTimeout(resolve, 100)) // it is in the link by now
    exchange.faults = NO_FAULTS
    client.write('fast')
    await until(() => received() === 'slow still fast')
  }),
)

test('a site that is nowhere refuses, as a machine does on which nothing listens', { timeout: 60_000 }, () =>
  withLink(async ({ dial }) => {
    const dialled = dial('nobody').then((client) => once(client, 'close'))
    await assert.rejects(dialled, { code: 'ECONNRESET' })
  }),
)

test('who becomes known only later is cut off nonetheless', { timeout: 60_000 }, () =>
  withLink(async ({ exchange, dial, received, introduce }) => {
    introduce(undefined)
    const client = await dial()
    client.write('one ')
    await until(() => received() === 'one ')
    assert.deepEqual(exchange.calls, ['unknown>b'])
    exchange.faults = { ...NO_FAULTS, groups: [['b'], ['a']] }
    introduce('a')
    await until(() => exchange.calls[0] === 'a>b')
    client.write('two ')
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(received(), 'one ')
    exchange.faults = NO_FAULTS
    await until(() => received() === 'one two ')
  }),
)

function until(holds: () => boolean): Promise<true> {
  return waitFor(holds.toString(), 20_000, () => holds() || undefined)
}

interface Link {
  readonly exchange: Exchange
  readonly dial: (to?: string) => Promise<Socket>
  /** What site b has got, of all its connections. */
  readonly received: () => string
  /** Under which name the dialling site is known from now on. */
  readonly introduce: (site: string | undefined) => void
}

/** Site a dials through an exchange, site b listens. */
async function withLink(job: (link: Link) => Promise<void>): Promise<void> {
  let text = ''
  let known: string | undefined = 'a'
  const site = await listening((socket) => socket.on('data', (piece) => (text += piece.toString())))
  const directory: SiteDirectory = {
    siteAt: () => Promise.resolve(known),
    placeOf: (name) => Promise.resolve(name === 'b' ? { host: '127.0.0.1', port: portOf(site) } : undefined),
  }
  const exchange = new Exchange(directory)
  let dialled = 'b'
  const board = await listening((socket) => void exchange.take(socket, dialled), true)
  const clients: Socket[] = []
  const dial = async (to = 'b'): Promise<Socket> => {
    dialled = to
    const client = connect(portOf(board), '127.0.0.1')
    clients.push(client)
    await once(client, 'connect')
    return client
  }
  try {
    await job({ exchange, dial, received: () => text, introduce: (site) => void (known = site) })
  } finally {
    for (const client of clients) client.destroy()
    board.close()
    site.close()
  }
}

async function listening(onSocket: (socket: Socket) => void, pauseOnConnect = false): Promise<Server> {
  const server = createServer({ pauseOnConnect }, onSocket)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
