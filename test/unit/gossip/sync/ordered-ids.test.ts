import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addId, emptySum, hashSum, LANES } from '../../../../src/gossip/sync/id-sum.ts'
import { OrderedIds } from '../../../../src/gossip/sync/ordered-ids.ts'
import { sha256 } from '../../../helpers/gossip/contributions.ts'

/** Ids that differ in one byte only are among them. */
const id = fc
  .nat(400)
  .map((n) => (n % 3 === 0 ? `${'ab'.repeat(31)}${(n % 256).toString(16).padStart(2, '0')}` : sha256(`${n}`)))
const change = fc.record({ id, isAdded: fc.boolean() })

function sumOf(ids: readonly string[]): Uint32Array {
  const sum = emptySum()
  for (const one of ids) addId(sum, one)
  return sum
}

test('ids, ranks, slices and sums are those of a sorted list, whatever was added and taken off', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), fc.array(id, { maxLength: 6 }), (changes, bounds) => {
      const set = new OrderedIds()
      const model = new Set<string>()
      for (const { id, isAdded } of changes) {
        assert.equal(isAdded ? set.add(id) : set.delete(id), isAdded !== model.has(id))
        if (isAdded) model.add(id)
        else model.delete(id)
      }
      const sorted = [...model].sort()
      assert.deepEqual(set.values(), sorted)
      assert.equal(set.size, sorted.length)
      const ranks = bounds.map((bound) => set.rank(bound.slice(0, 2 + (bound.charCodeAt(9) % 60))))
      for (const [i, bound] of bounds.entries()) {
        const prefix = bound.slice(0, 2 + (bound.charCodeAt(9) % 60))
        assert.equal(ranks[i], sorted.filter((one) => one < prefix).length)
        assert.equal(set.has(bound), model.has(bound))
      }
      ranks.sort((a, b) => a - b)
      for (const [i, sum] of set.sums(ranks).entries()) {
        assert.deepEqual(set.slice(ranks[i]!, ranks[i + 1]!), sorted.slice(ranks[i], ranks[i + 1]))
        assert.deepEqual(sum, sumOf(sorted.slice(ranks[i], ranks[i + 1])))
      }
    }),
    { seed: 7, numRuns: 200 },
  )
})

test('the sum has 2048 bits, and its hash speaks of nonce, count and sum', () => {
  assert.equal(LANES * 32, 2048)
  const sum = sumOf([sha256('one'), sha256('two')])
  const hash = hashSum(Uint8Array.of(1), 2, sum)
  assert.notDeepEqual(hash, hashSum(Uint8Array.of(2), 2, sum))
  assert.notDeepEqual(hash, hashSum(Uint8Array.of(1), 3, sum))
  assert.notDeepEqual(hash, hashSum(Uint8Array.of(1), 2, sumOf([sha256('one'), sha256('three')])))
})

test('a sum of the ids themselves would be the same for two sets made to collide; this one is not', () => {
  const hex = (n: bigint): string => n.toString(16).padStart(64, '0')
  const [a, b, by] = [1n << 200n, 1n << 100n, 12345n]
  const sets = [
    [hex(a + by), hex(b)],
    [hex(a), hex(b + by)],
  ]
  const plain = sets.map((ids) => ids.reduce((sum, one) => sum + BigInt(`0x${one}`), 0n))
  assert.equal(plain[0], plain[1])
  assert.notDeepEqual(sumOf(sets[0]!), sumOf(sets[1]!))
})
