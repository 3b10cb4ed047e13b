import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_RANGE_DEPTH, RANGE_BRANCHING } from '../../../../src/gossip/constants.ts'
import { OrderedIds } from '../../../../src/gossip/sync/ordered-ids.ts'
import { RangeWalk } from '../../../../src/gossip/sync/range-walk.ts'
import { answerPieces } from '../../../../src/gossip/sync/answer-ranges.ts'
import { cut, END, type Part, type Piece, setDigest } from '../../../../src/gossip/sync/ranges.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'
import { reconcileInMemory } from '../../../helpers/gossip/reconcile-in-memory.ts'

const NONCE = new Uint8Array(32).fill(7)

function setOf(ids: Iterable<string>): OrderedIds {
  const set = new OrderedIds()
  for (const id of ids) set.add(id)
  return set
}

function numbered(count: number, name = 'id'): string[] {
  return Array.from({ length: count }, (_, i) => sha256(`${name} ${i}`))
}

function assertDifference(
  mine: Iterable<string>,
  theirs: Iterable<string>,
): ReturnType<typeof reconcileInMemory> {
  const [a, b] = [setOf(mine), setOf(theirs)]
  const outcome = reconcileInMemory(a, b, NONCE)
  assert.deepEqual(
    [...outcome.asker].sort(),
    b.values().filter((id) => !a.has(id)),
  )
  assert.deepEqual(
    [...outcome.answerer].sort(),
    a.values().filter((id) => !b.has(id)),
  )
  return outcome
}

/** Scattered, in one cluster, or with long common beginnings, as a member that grinds its ids might like them. */
const anyId = fc.oneof(
  fc.nat(2000).map((n) => sha256(`${n}`)),
  fc.nat(255).map((n) => `${'00'.repeat(31)}${n.toString(16).padStart(2, '0')}`),
  fc.tuple(fc.nat(255), fc.nat(30)).map(([n, place]) => {
    return `${'ff'.repeat(place)}${n.toString(16).padStart(2, '0')}${'00'.repeat(31 - place)}`
  }),
)
const twoSets = fc.array(fc.record({ id: anyId, side: fc.constantFrom('both', 'mine', 'theirs') }), {
  maxLength: 700,
  size: 'max',
})

test('both sides end with exactly the ids that they lack, in log_b n + 1 round trips, for any two sets', () => {
  fc.assert(
    fc.property(twoSets, (members) => {
      const mine = members.filter(({ side }) => side !== 'theirs').map(({ id }) => id)
      const theirs = members.filter(({ side }) => side !== 'mine').map(({ id }) => id)
      const { roundTrips } = assertDifference(mine, theirs)
      const count = Math.max(2, new Set([...mine, ...theirs]).size)
      const allowed = Math.ceil(Math.log(count) / Math.log(RANGE_BRANCHING)) + 1
      assert.ok(roundTrips <= allowed, `${roundTrips} round trips for ${count} ids`)
    }),
    { seed: 11, numRuns: 60 },
  )
})

test('bytes are proportional to the difference, not to the set', (t) => {
  for (const count of [1_000, 20_000]) {
    const all = numbered(count)
    for (const missing of [1, 10, 100]) {
      const { bytes, roundTrips } = assertDifference(all.slice(missing), all)
      t.diagnostic(`${count} ids, ${missing} missing: ${bytes} bytes in ${roundTrips} round trips`)
      assert.ok(bytes < 400 + missing * 900, `${bytes} bytes for ${missing} of ${count}`)
    }
  }
})

test('who has nothing, and who has nothing in common, costs little more than the ids', (t) => {
  const [mine, theirs] = [numbered(4_000), numbered(4_000, 'other')]
  for (const [name, a, b, ideal] of [
    ['an empty asker', [], theirs, 4_000 * 32],
    ['an empty answerer', mine, [], 4_000 * 32],
    ['disjoint sets', mine, theirs, 8_000 * 32],
  ] as const) {
    const { bytes, roundTrips } = assertDifference(a, b)
    t.diagnostic(`${name}: ${bytes} bytes in ${roundTrips} round trips`)
    assert.ok(bytes < 1.6 * ideal, `${name}: ${bytes} bytes, ${ideal} of ids`)
  }
})

test('equal sets are equal in one message', () => {
  const { roundTrips, bytes } = assertDifference(numbered(5_000), numbered(5_000).reverse())
  assert.equal(roundTrips, 1)
  assert.ok(bytes < 400, `${bytes} bytes`)
})

test('the digest of a set is the same for two that hold the same, and no other', () => {
  const ids = numbered(40)
  assert.equal(setDigest(setOf(ids)), setDigest(setOf(ids.toReversed())))
  assert.notEqual(setDigest(setOf(ids)), setDigest(setOf(ids.slice(1))))
  assert.match(setDigest(setOf([])), /^[0-9a-f]{64}$/)
})

function walkOver(count: number): { walk: RangeWalk; asked: readonly Piece[] } {
  const walk = new RangeWalk(setOf(numbered(count)), NONCE, () => undefined)
  return { walk, asked: walk.ask() }
}

const print = { kind: 'fingerprint', fingerprint: '00'.repeat(8) } as const
const hostile: Record<string, (asked: readonly Piece[]) => readonly (readonly Part[])[]> = {
  'no answer at all': () => [],
  'more answers than ranges': (asked) => [...asked, asked[0]!].map(() => []),
  'a range that does not shrink': ([first]) => [[{ upper: first!.upper, ...print }]],
  'ranges that go backwards': ([, second]) => [
    [],
    [
      { upper: '01', ...print },
      { upper: second!.upper, ...print },
    ],
  ],
  'a range twice': ([first]) => [
    [
      { upper: '01', ...print },
      { upper: '01', ...print },
      { upper: first!.upper, ...print },
    ],
  ],
  'ranges beyond those asked for': () => [
    [
      { upper: '01', ...print },
      { upper: END, ...print },
    ],
  ],
  'ranges short of those asked for': () => [
    [
      { upper: '01', ...print },
      { upper: '02', ...print },
    ],
  ],
  'ids outside their range': ([first]) => [[{ upper: first!.upper, kind: 'ids', ids: ['ff'.repeat(32)] }]],
  'ids that are not ascending': ([first]) => [
    [{ upper: first!.upper, kind: 'ids', ids: ['01'.repeat(32), '00'.repeat(32)] }],
  ],
  'an id twice': ([first]) => [
    [{ upper: first!.upper, kind: 'ids', ids: ['01'.repeat(32), '01'.repeat(32)] }],
  ],
  'a rest of a range that was not listed': ([first]) => [[{ upper: first!.upper, kind: 'rest', ids: [] }]],
}
for (const [name, answer] of Object.entries(hostile)) {
  test(`${name}: refused by name`, () => {
    const { walk, asked } = walkOver(100)
    assert.throws(() => walk.take(answer(asked)), { code: 'ERR_REFUSED', reason: 'bad-ranges' })
  })
}

test('ranges asked that overlap or go backwards are refused by name', () => {
  const set = setOf(numbered(50))
  const piece = (lower: string, upper: string): Piece => ({ lower, upper, ...print })
  for (const pieces of [
    [piece('10', '30'), piece('20', '40')],
    [piece('50', '60'), piece('10', '20')],
    [piece('30', '30')],
    [piece('30', '20')],
    [piece('10', '20'), piece('10', '20')],
  ]) {
    assert.throws(() => answerPieces(set, pieces, NONCE, () => undefined), { reason: 'bad-ranges' })
  }
})

test('a peer that answers every range with other ranges is refused, and keeps little waiting', () => {
  const { walk } = walkOver(0)
  let messages = 0
  assert.throws(
    () => {
      for (; messages < 10_000; messages++) {
        const asked = walk.ask()
        assert.ok(asked.length > 0)
        walk.take(asked.map(({ lower, upper }) => endless(lower, upper)))
      }
    },
    { reason: 'bad-ranges', message: /cut more than 12 times/ },
  )
  assert.equal(messages, MAX_RANGE_DEPTH - 1)
})

/** As if every range held more than can be listed. */
function endless(lower: string, upper: string): Part[] {
  let zeros = 0
  while (`${lower}${'00'.repeat(zeros)}01` >= upper) zeros++
  return [`${lower}${'00'.repeat(zeros)}01`, upper].map((bound) => ({ upper: bound, ...print }))
}

test('sets that change while they are compared still end, and name no id that is nowhere', () => {
  const [mine, theirs] = [numbered(600), numbered(600, 'other')]
  const [a, b] = [setOf(mine), setOf(theirs)]
  const named = new Set<string>()
  const walk = new RangeWalk(a, NONCE, (id) => named.add(id))
  let step = 0
  for (let asked = walk.ask(); asked.length > 0; asked = walk.ask()) {
    walk.take(answerPieces(b, asked, NONCE, () => undefined))
    for (let i = 0; i < 20; i++) a.add(sha256(`late ${step} ${i}`))
    for (const id of theirs.slice(20 * step, 20 * step + 10)) b.delete(id)
    assert.ok(++step < 40)
  }
  for (const id of named) assert.ok(theirs.includes(id))
})

test('a part of a range is never empty, so that cutting always leads on', () => {
  for (const count of [9, 16, 17, 500]) {
    const pieces = cut(setOf(numbered(count)), { lower: '', upper: END }, NONCE)
    assert.equal(pieces.length, Math.min(RANGE_BRANCHING, count))
    for (const { lower, upper } of pieces) assert.ok(lower < upper)
  }
})
