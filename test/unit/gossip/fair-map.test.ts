import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FairMap } from '../../../src/gossip/wire/fair-map.ts'

test('who fills the map pushes out its own oldest, and nothing of others', () => {
  const map = new FairMap<string, number>(10)
  map.set('honest', 1, 'h')
  for (let i = 0; i < 100; i++) map.set(`flood ${i}`, i, 'f')
  assert.equal(map.size, 10)
  assert.ok(map.has('honest'))
  assert.ok(map.has('flood 99'))
  assert.equal(map.has('flood 90'), false)
})

test('a key keeps its first owner, so that nobody moves the entries of others to itself', () => {
  const map = new FairMap<string, number>(2)
  map.set('a', 1, 'h')
  map.set('a', 2, 'f')
  map.set('b', 3, 'f')
  map.set('c', 4, 'f')
  assert.deepEqual(map.entries(), [
    ['a', 2],
    ['c', 4],
  ])
  assert.equal(map.delete('a'), true)
  assert.equal(map.delete('a'), false)
  assert.equal(map.size, 1)
})
