import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { ServedPayloads } from '../../../../src/node/egress/served-payloads.ts'
import type { NodeEvent } from '../../../../src/node/node-event.ts'
import type { StoredContribution } from '../../../../src/node/types.ts'

/** Contributions by id, each with its author and chunks. */
const STORED: Record<string, readonly [peer: string, chunks: readonly string[]]> = {
  own: ['me', ['c1', 'c2']],
  other: ['me', ['c3']],
  theirs: ['mill', ['t1', 'c2']],
}

function served(): { one: ServedPayloads; told: unknown[] } {
  const stored = Object.entries(STORED).map(([id, [peer, chunks]]) => ({ id, header: { peer, payload: { chunks } } }) as unknown as StoredContribution) // prettier-ignore
  const told: unknown[] = []
  const one = new ServedPayloads({
    self: 'me',
    store: { get: (id) => stored.find((of) => of.id === id), list: () => stored },
    roster: { members: [{ id: 'p', name: 'press' }] },
    hub: { emit: (event: NodeEvent) => told.push(event.type === 'served' ? [event.id, event.name, event.chunks, event.bytes] : [event.type, 'id' in event && event.id]) }, // prettier-ignore
  })
  return { one, told }
}

test('the first chunk is told at once, what follows added up, all of it when the member has all', () => {
  const { one, told } = served()
  one.served('p', 'own', 'c1', 100)
  assert.deepEqual(told, [['own', 'press', 1, 100]])
  one.served('p', 'own', 'c2', 50)
  one.served('p', 'own', 'c1', 25)
  assert.equal(told.length, 1)
  one.hasAll('own', 'p')
  one.hasAll('own', 'p')
  assert.deepEqual(told.slice(1), [['own', 'press', 2, 75], ['holder', 'own']]) // prettier-ignore
  one.tell()
  assert.equal(told.length, 3, 'nothing twice')
})

test('a chunk counts for the contribution that has it, whatever it was asked for by', () => {
  const { one, told } = served()
  one.served('p', 'theirs', 'c3', 10)
  one.served('p', 'nothing', 'c1', 20)
  assert.deepEqual(told, [['other', 'press', 1, 10], ['own', 'press', 1, 20]]) // prettier-ignore
})

test('what others have made is passed on without a word', () => {
  const { one, told } = served()
  one.served('p', 'theirs', 't1', 10)
  one.served('p', 'theirs', 'c2', 10)
  one.served('p', 'nothing', 'unknown', 10)
  one.hasAll('theirs', 'p')
  one.tell()
  assert.deepEqual(told, [])
})

test('who fetches the same for ever is told of ever more rarely, and not a byte is lost', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { one, told } = served()
    for (let second = 0; second < 100_000; second++) {
      one.served('p', 'own', 'c1', 1)
      mock.timers.tick(1_000)
    }
    assert.ok(told.length < 100, `${told.length} entries in a day`)
    one.tell()
    assert.equal(
      told.reduce<number>((sum, event) => sum + (event as number[])[3]!, 0),
      100_000,
    )
  } finally {
    mock.timers.reset()
  }
})
