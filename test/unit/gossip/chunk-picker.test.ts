import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunkMap, fullMap, isFull, mapHas } from '../../../src/gossip/blocks/chunk-map.ts'
import { ChunkPicker } from '../../../src/gossip/blocks/chunk-picker.ts'

const has = (...numbers: number[]): Uint8Array =>
  chunkMap(Array.from({ length: 9 }, (_, i) => numbers.includes(i)))
const picker = (...missing: number[]): ChunkPicker => new ChunkPicker({ missing, random: () => 0 })

test('a map says what it was made of, and nothing beyond its end', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (held) => {
      const map = chunkMap(held)
      assert.deepEqual(
        held.map((_, i) => mapHas(map, i)),
        held,
      )
      assert.equal(mapHas(map, held.length + 8), false)
      assert.equal(isFull(map, held.length), held.every(Boolean))
    }),
    { seed: 3 },
  )
  assert.deepEqual([...fullMap(10)], [255, 3])
})

test('the rarest chunk among the known maps is taken first', () => {
  const chunks = picker(0, 1, 2, 3)
  chunks.learn('a', has(0, 1, 2, 3))
  chunks.learn('b', has(0, 1, 3))
  chunks.learn('c', has(0, 3))
  assert.equal(chunks.take('a'), 2, 'a alone has it')
  assert.equal(chunks.take('a'), 1)
  chunks.learn('d', has(3))
  assert.equal(chunks.take('a'), 0)
  assert.equal(chunks.take('a'), 3)
  assert.equal(chunks.take('a'), undefined)
})

test('ties are broken by chance', () => {
  const first = new Set<number | undefined>()
  for (const at of [0, 0.3, 0.6, 0.99]) {
    const chunks = new ChunkPicker({ missing: [4, 5, 6, 7], random: () => at })
    chunks.learn('a', has(4, 5, 6, 7))
    first.add(chunks.take('a'))
  }
  assert.deepEqual(first, new Set([4, 5, 6, 7]))
})

test('a chunk is one holder’s until it is given back, and only for those who have it', () => {
  const chunks = picker(0, 1)
  chunks.learn('a', has(0))
  chunks.learn('b', has(0, 1))
  assert.equal(chunks.take('a'), 0)
  assert.equal(chunks.take('a'), undefined)
  assert.equal(chunks.take('b'), 1)
  assert.equal(chunks.take('b'), undefined, 'nothing is fetched twice')
  assert.deepEqual(chunks.underWayElsewhere('b'), [0])
  chunks.giveBack(0)
  assert.equal(chunks.take('b'), 0)
  chunks.keep(0)
  chunks.keep(1)
  chunks.giveBack(1)
  assert.equal(chunks.missing, 0, 'what is kept does not come back')
})

test('a holder that had not what its map says is not asked for that again', () => {
  const chunks = picker(0, 1)
  chunks.learn('liar', has(0, 1))
  assert.equal(chunks.take('liar'), 0)
  chunks.deny('liar', 0)
  chunks.learn('liar', has(0, 1))
  assert.equal(chunks.take('liar'), 1)
  assert.equal(chunks.take('liar'), undefined)
  assert.equal(chunks.missing, 2)
  chunks.learn('other', has(0))
  assert.equal(chunks.take('other'), 0)
})

test('what only a forgotten holder had is offered by nobody', () => {
  const chunks = picker(0)
  chunks.learn('a', has(0))
  assert.deepEqual([chunks.isOffered(), chunks.isUseful('a')], [true, true])
  chunks.forget('a')
  assert.deepEqual([chunks.isOffered(), chunks.take('a')], [false, undefined])
})

test('whoever takes in whatever order, every chunk is had exactly once', () => {
  const peers = ['a', 'b', 'c']
  fc.assert(
    fc.property(
      fc.array(fc.subarray(peers, { minLength: 1 }), { maxLength: 9 }),
      fc.infiniteStream(fc.nat(2)),
      (holders, turns) => {
        const chunks = new ChunkPicker({ missing: holders.keys(), random: () => 0.5 })
        for (const peer of peers) chunks.learn(peer, chunkMap(holders.map((of) => of.includes(peer))))
        const had: number[] = []
        while (chunks.missing > 0) {
          const peer = peers[turns.next().value as number]!
          const number = chunks.take(peer)
          if (number === undefined) continue
          assert.ok(holders[number]!.includes(peer))
          had.push(number)
          chunks.keep(number)
        }
        assert.deepEqual(had.sort(), [...holders.keys()])
      },
    ),
    { seed: 5 },
  )
})
