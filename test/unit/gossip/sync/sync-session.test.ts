import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_WANTED_PER_SESSION } from '../../../../src/gossip/constants.ts'
import type { RefusedError } from '../../../../src/gossip/errors.ts'
import type { Greeting } from '../../../../src/gossip/sync/greeting.ts'
import { setDigest } from '../../../../src/gossip/sync/ranges.ts'
import { type SyncOutcome, syncWith } from '../../../../src/gossip/sync/sync-client.ts'
import type { SyncReply, SyncRequest } from '../../../../src/gossip/sync/sync-messages.ts'
import {
  decodeSyncRequest,
  decodeSyncReply,
  encodeSyncReply,
  encodeSyncRequest,
} from '../../../../src/gossip/sync/sync-messages.ts'
import { SyncServer } from '../../../../src/gossip/sync/sync-server.ts'
import type { SyncSet } from '../../../../src/gossip/sync/sync-set.ts'
import { createRandom } from '../../../../src/merge/index.ts'
import { memoryFrames } from '../../../helpers/gossip/memory-frames.ts'
import { MemorySet, textItems } from '../../../helpers/gossip/memory-set.ts'
import { testLogger } from '../../../helpers/gossip/swarm.ts'

const random = createRandom('sync sessions')
const uniform = (): number => random.uniform()

function greetingOf(sets: readonly SyncSet[]): Greeting {
  return {
    sets: sets.map((set) => ({
      name: set.name,
      digest: setDigest(set.offered()),
      count: set.offered().size,
    })),
    addresses: [],
    peers: [],
    yourSequence: 0,
    ledgerHead: null,
    heard: 0,
    receipt: new Uint8Array(0),
  }
}

function serverOf(sets: readonly SyncSet[]): {
  server: SyncServer
  violations: RefusedError[]
  whole: boolean[]
} {
  const violations: RefusedError[] = []
  const whole: boolean[] = []
  const server = new SyncServer({
    consortium: 'c',
    sets,
    random: uniform,
    logger: testLogger('server'),
    greeting: () => greetingOf(sets),
    onGreeting: () => undefined,
    onEnded: (_peer, _moved, isWhole) => whole.push(isWhole),
    onViolation: (_, error) => violations.push(error),
  })
  return { server, violations, whole }
}

interface Session extends SyncOutcome {
  readonly frames: number
  readonly bytes: number
  readonly violations: readonly RefusedError[]
}

async function session(
  mine: readonly SyncSet[],
  theirs: readonly SyncSet[],
  consortium = 'c',
): Promise<Session> {
  let [frames, bytes] = [0, 0]
  const [client, remote] = memoryFrames((size) => {
    frames++
    bytes += size
  })
  const { server, violations, whole } = serverOf(theirs)
  const serving = server.serve(remote, 'asker')
  const init = {
    consortium,
    peer: 'answerer',
    greeting: greetingOf(mine),
    sets: mine,
    random: uniform,
    onGreeting: () => undefined,
    isSettled: () => false,
    onSettled: () => undefined,
  }
  const outcome = await syncWith(client, init)
  await serving
  assert.deepEqual(whole, [true])
  return { ...outcome, frames, bytes, violations }
}

test('one session makes both sides equal, whoever begins and whatever is missing where', async () => {
  const items = textItems(0, 300)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2), { minLength: 300, maxLength: 300 }),
      fc.nat(300),
      async (sides, count) => {
        const mine = new MemorySet(
          'contributions',
          items.slice(0, count).filter((_, i) => sides[i] !== 1),
        )
        const theirs = new MemorySet(
          'contributions',
          items.slice(0, count).filter((_, i) => sides[i] !== 2),
        )
        const { received, given } = await session([mine], [theirs])
        assert.equal(mine.ids.size, count)
        assert.deepEqual(mine.ids.values(), theirs.ids.values())
        assert.equal(received, mine.entered.length)
        assert.equal(given, theirs.entered.length)
      },
    ),
    { seed: 3, numRuns: 40 },
  )
})

test('equal sets cost one small message each way', async () => {
  const items = textItems(0, 1000)
  const { frames, bytes } = await session([new MemorySet('a', items)], [new MemorySet('a', items)])
  assert.equal(frames, 2)
  assert.ok(bytes < 600, `${bytes} bytes`)
})

test('sets go one after another, and what the first brings may change what the second offers', async () => {
  const [ours, theirs] = [
    new MemorySet('contributions', textItems(0, 50)),
    new MemorySet('contributions', textItems(0, 60)),
  ]
  const rules = new MemorySet('statements')
  const enter = rules.enter.bind(rules)
  const withdrawn = [...theirs.ids.values()].slice(0, 20)
  rules.enter = (bytes) => {
    for (const id of withdrawn) ours.ids.delete(id)
    for (const id of withdrawn) ours.refused.add(id)
    return enter(bytes)
  }
  for (const id of withdrawn) theirs.ids.delete(id)
  await session([rules, ours], [new MemorySet('statements', textItems(0, 1, 'withdraw')), theirs])
  assert.deepEqual(ours.ids.values(), theirs.ids.values())
  assert.equal(ours.ids.size, 40)
  assert.ok(!theirs.entered.some((id) => withdrawn.includes(id)))
})

test('what a side has refused is not asked for again, and what it offers no more is not given', async () => {
  const [mine, theirs] = [new MemorySet('a', textItems(0, 40)), new MemorySet('a', textItems(0, 50))]
  const [refused, ...others] = theirs.ids.values().filter((id) => !mine.ids.has(id))
  mine.refused.add(refused!)
  const { received } = await session([mine], [theirs])
  assert.equal(received, others.length)
  assert.ok(!theirs.asked.includes(refused!))

  const [client, remote] = memoryFrames()
  const { server } = serverOf([theirs])
  const serving = server.serve(remote, 'asker')
  const secret = theirs.add(Buffer.from('rejected'))
  theirs.ids.delete(secret)
  const reply = await ask(client, [hello, { type: 'transfer', set: 'a', give: [], want: [secret] }])
  assert.deepEqual(reply, { type: 'transfer', set: 'a', give: [], want: [] })
  await client.close()
  await serving
})

test('large envelopes go in batches that fit, none is left out', async () => {
  const mine = new MemorySet('a', textItems(0, 30, 'mine', 60_000))
  const theirs = new MemorySet('a', textItems(0, 30, 'theirs', 60_000))
  await session([mine], [theirs])
  assert.equal(mine.ids.size, 60)
  assert.deepEqual(mine.ids.values(), theirs.ids.values())
})

test('more than one session may bring is brought by the next', async () => {
  const [mine, theirs] = [new MemorySet('a'), new MemorySet('a', textItems(0, MAX_WANTED_PER_SESSION + 100))]
  const first = await session([mine], [theirs])
  assert.equal(first.isCut, true)
  assert.ok(first.received >= MAX_WANTED_PER_SESSION)
  const second = await session([mine], [theirs])
  assert.equal(second.isCut, false)
  assert.equal(mine.ids.size, theirs.ids.size)
})

test('another consortium is refused', async () => {
  await assert.rejects(session([new MemorySet()], [new MemorySet()], 'other'), /wrong-consortium/)
})

const hello: SyncRequest = {
  type: 'hello',
  consortium: 'c',
  nonce: new Uint8Array(16),
  greeting: greetingOf([]),
}

async function ask(
  client: ReturnType<typeof memoryFrames>[0],
  requests: readonly SyncRequest[],
): Promise<SyncReply> {
  let reply: SyncReply | undefined
  for (const request of requests) {
    await client.write([encodeSyncRequest(request)])
    reply = decodeSyncReply(await client.read())
  }
  return reply!
}

const print = { kind: 'fingerprint', fingerprint: '00'.repeat(8) } as const
const hostileRequests: Record<string, [requests: SyncRequest[], reason: string]> = {
  'ranges before hello': [[{ type: 'ranges', set: 'a', pieces: [] }], 'malformed'],
  'a second hello': [[hello, hello], 'malformed'],
  'a set that nobody offered': [[hello, { type: 'ranges', set: 'b', pieces: [] }], 'malformed'],
  'ranges that overlap': [
    [
      hello,
      {
        type: 'ranges',
        set: 'a',
        pieces: [
          { lower: '', upper: '50', ...print },
          { lower: '40', upper: '60', ...print },
        ],
      },
    ],
    'bad-ranges',
  ],
  'an envelope that was not asked for': [
    [hello, { type: 'transfer', set: 'a', give: [Buffer.from('gift')], want: [] }],
    'wrong-content',
  ],
}
for (const [name, [requests, reason]] of Object.entries(hostileRequests)) {
  test(`${name}: refused by name, and nothing of it is kept`, async () => {
    const set = new MemorySet('a', textItems(0, 20))
    const { server, violations, whole } = serverOf([set])
    const [client, remote] = memoryFrames()
    const serving = server.serve(remote, 'asker')
    const reply = await ask(client, requests)
    assert.deepEqual(reply, { type: 'refused', reason })
    await serving
    assert.deepEqual(
      violations.map((error) => error.reason),
      [reason],
    )
    assert.ok(!whole.includes(true))
  })
}

test('a session that breaks off has not told all', async () => {
  const { server, whole } = serverOf([new MemorySet('a', textItems(0, 20))])
  const [client, remote] = memoryFrames()
  const serving = server.serve(remote, 'asker')
  await ask(client, [hello])
  client.abort(new Error('gone'))
  await serving
  assert.deepEqual(whole, [false])
})

test('who asks for ever is refused after what a session may bring', async () => {
  const set = new MemorySet('a', textItems(0, 64))
  const { server, violations } = serverOf([set])
  const [client, remote] = memoryFrames()
  const serving = server.serve(remote, 'asker')
  await ask(client, [hello])
  let given = 0
  for (;;) {
    const reply = await ask(client, [{ type: 'transfer', set: 'a', give: [], want: set.ids.values() }])
    if (reply.type !== 'transfer') break
    given += reply.give.length
  }
  assert.ok(given <= 2 * MAX_WANTED_PER_SESSION, `${given} given`)
  await serving
  assert.equal(violations.length, 1)
})

/** Answers by a script, whatever is asked. */
async function against(reply: (request: SyncRequest) => SyncReply, set: MemorySet): Promise<SyncOutcome> {
  const [client, remote] = memoryFrames()
  const serve = async (): Promise<void> => {
    for (let frame = await remote.readOrEnd(); frame !== undefined; frame = await remote.readOrEnd()) {
      await remote.write([encodeSyncReply(reply(decodeSyncRequest(frame)))])
    }
  }
  const serving = serve().catch(() => undefined)
  try {
    return await syncWith(client, {
      consortium: 'c',
      peer: 'liar',
      greeting: greetingOf([set]),
      sets: [set],
      random: uniform,
      onGreeting: () => undefined,
      isSettled: () => false,
      onSettled: () => undefined,
    })
  } finally {
    await client.close()
    await serving
  }
}

const otherGreeting = greetingOf([new MemorySet('a', textItems(500, 501))])
const lies: Record<string, [reply: (request: SyncRequest) => SyncReply, reason: string]> = {
  'answers with another message': [() => ({ type: 'transfer', set: 'a', give: [], want: [] }), 'malformed'],
  'gives what was not asked for': [
    ({ type }) =>
      type === 'hello'
        ? { type, nonce: new Uint8Array(16), greeting: otherGreeting }
        : type === 'ranges'
          ? { type, answers: [[]] }
          : { type, set: 'a', give: [Buffer.from('gift')], want: [] },
    'wrong-content',
  ],
  'wants without end': [
    (request) =>
      request.type === 'hello'
        ? { type: 'hello', nonce: new Uint8Array(16), greeting: otherGreeting }
        : request.type === 'ranges'
          ? { type: 'ranges', answers: [[]] }
          : { type: 'transfer', set: 'a', give: [], want: Array.from({ length: 64 }, () => 'ab'.repeat(32)) },
    'bad-ranges',
  ],
}
for (const [name, [reply, reason]] of Object.entries(lies)) {
  test(`an answerer that ${name} is refused by name`, async () => {
    await assert.rejects(against(reply, new MemorySet('a', textItems(0, 100))), {
      code: 'ERR_REFUSED',
      reason,
    })
  })
}

test('ids that a peer names and does not give are let go of', async () => {
  const set = new MemorySet('a')
  const outcome = await against((request) => {
    if (request.type === 'hello') return { type: 'hello', nonce: new Uint8Array(16), greeting: otherGreeting }
    if (request.type === 'ranges') {
      return {
        type: 'ranges',
        answers: [[{ upper: 'g', kind: 'rest', ids: ['ab'.repeat(32), 'cd'.repeat(32)] }]],
      }
    }
    return { type: 'transfer', set: 'a', give: [], want: [] }
  }, set)
  assert.deepEqual(outcome, { received: 0, given: 0, isCut: false })
})
