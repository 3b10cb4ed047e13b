import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_PROBE_DIALS, PROBES_PER_MINUTE } from '../../../../src/gossip/constants.ts'
import { generateIdentity } from '../../../../src/gossip/index.ts'
import type { Attempt } from '../../../../src/gossip/host/attempt.ts'
import {
  decodeProbeReply,
  encodeProbeRequest,
  type Verdict,
} from '../../../../src/gossip/reach/probe-messages.ts'
import { ProbeServer } from '../../../../src/gossip/reach/probe-server.ts'
import type { Frames } from '../../../../src/gossip/wire/frames.ts'
import { testLogger } from '../../../helpers/gossip/swarm.ts'

const peer = (await generateIdentity()).peer
const OWN = '/ip4/8.8.8.8/tcp/4001'

class OneRequest implements Frames {
  readonly written: Uint8Array[] = []
  readonly #request: Uint8Array
  aborted = false

  constructor(request: Uint8Array) {
    this.#request = request
  }

  read = (): Promise<Uint8Array> => Promise.resolve(this.#request)
  readOrEnd = this.read
  write = (messages: Iterable<Uint8Array>): Promise<void> => {
    this.written.push(...messages)
    return Promise.resolve()
  }
  close = (): Promise<void> => Promise.resolve()
  abort = (): void => void (this.aborted = true)
}

function setUp(attempt: () => Promise<Attempt<never>> = () => Promise.resolve({ outcome: 'answered' })) {
  const dialled: string[] = []
  const violations: string[] = []
  let now = 0
  const server = new ProbeServer({
    host: {
      connections: () => [
        { peer, address: '/ip4/8.8.8.8/tcp/50000', direction: 'inbound', path: 'direct', rttMs: null },
      ],
    },
    reach: {
      attempt: (address) => {
        dialled.push(address)
        return attempt()
      },
    },
    logger: testLogger('probe'),
    clock: { now: () => now, after: () => () => undefined },
    facts: () => ({ time: 1_764_000_000_000, kernel: 1, charter: 'c'.repeat(64), ledger: null }),
    addressesOf: () => [`${OWN}/p2p/${peer}`, `/ip4/10.0.0.1/tcp/1/p2p/${peer}`],
    onViolation: (from) => violations.push(from),
  })
  const ask = async (addresses: string[]): Promise<Verdict[]> => {
    const frames = new OneRequest(encodeProbeRequest(addresses))
    await server.serve(frames, peer)
    return decodeProbeReply(frames.written[0]!).probed.map(({ verdict }) => verdict)
  }
  const pass = (ms: number): void => void (now += ms)
  return { server, ask, dialled, violations, pass }
}

test('it dials the asker where it says that it is, and says where it sees it', async () => {
  const { server, ask, dialled } = setUp()
  assert.deepEqual(await ask([OWN]), ['reachable'])
  assert.deepEqual(dialled, [OWN])
  const frames = new OneRequest(encodeProbeRequest([]))
  await server.serve(frames, peer)
  assert.equal(decodeProbeReply(frames.written[0]!).observed, '8.8.8.8')
})

test('it dials nobody else, neither in its own network nor in the world', async () => {
  const { ask, dialled } = setUp()
  const third = ['/ip4/10.0.0.1/tcp/1', '/ip4/9.9.9.9/tcp/53', '/dns/localhost/tcp/22', 'nonsense']
  assert.deepEqual(await ask(third), ['declined', 'declined', 'declined', 'declined'])
  assert.deepEqual(dialled, [])
})

test('a member that asks too often is told so, and may ask again later', async () => {
  const { ask, dialled, pass } = setUp()
  for (let i = 0; i < PROBES_PER_MINUTE; i++) assert.deepEqual(await ask([OWN]), ['reachable'])
  assert.deepEqual(await ask([OWN]), ['busy'])
  assert.equal(dialled.length, PROBES_PER_MINUTE)
  pass(61_000 / PROBES_PER_MINUTE)
  assert.deepEqual(await ask([OWN]), ['reachable'])
})

test('it dials few at once', async () => {
  const waiting: (() => void)[] = []
  const { ask, dialled } = setUp(
    () => new Promise((resolve) => waiting.push(() => resolve({ outcome: 'answered' }))),
  )
  const asked = [ask([OWN, OWN, OWN, OWN]), ask([OWN, OWN, OWN, OWN]), ask([OWN])]
  assert.deepEqual(await asked[2], ['busy'])
  assert.equal(dialled.length, MAX_PROBE_DIALS)
  for (const end of waiting) end()
  assert.deepEqual((await Promise.all(asked)).flat().filter((verdict) => verdict === 'busy').length, 1)
})

test('garbage gets no answer and is told of', async () => {
  const { server, violations } = setUp()
  const frames = new OneRequest(new Uint8Array([1, 2, 3]))
  await server.serve(frames, peer)
  assert.deepEqual([frames.written.length, frames.aborted, violations], [0, true, [peer]])
})
