import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginChunk } from '../../../src/gossip/blocks/partial-chunks.ts'
import { isWorthTaking } from '../../../src/gossip/blocks/take-over.ts'
import { TAKE_OVER_GAIN_MS } from '../../../src/gossip/constants.ts'

const SIZE = 1_000_000
const FAST = 1_000_000

/** Bytes that came within so many milliseconds. */
function isTaken(filled: number, elapsed: number, speed = FAST, isTakenOver = false): boolean {
  const partial = beginChunk(SIZE)
  partial.filled = filled
  return isWorthTaking({ partial, filledAtStart: 0, startedAt: 0, isTakenOver }, speed, elapsed)
}

test('no chunk is taken over within the first seconds, though nothing of it has come', () => {
  assert.equal(isTaken(0, TAKE_OVER_GAIN_MS - 1), false)
  assert.equal(isTaken(0, TAKE_OVER_GAIN_MS), true)
})

test('a chunk that comes, if slowly, is left where it is', () => {
  assert.equal(isTaken(SIZE / 2, 5_000), false, '5 s more, half a second for the other')
  assert.equal(isTaken(SIZE - 1, 60_000), false, 'all but there')
  assert.equal(isTaken(SIZE, 60_000), false, 'there, and being stored')
})

test('a chunk that would take minutes goes to a fast holder', () => {
  assert.equal(isTaken(SIZE / 20, 5_000), true, '95 s more, one for the other')
})

test('nobody of unknown speed takes over, and no chunk is taken twice', () => {
  assert.equal(isTaken(0, 60_000, 0), false)
  assert.equal(isTaken(0, 60_000, FAST, true), false)
})

test('one that is only twice as fast takes nothing over', () => {
  assert.equal(isTaken(SIZE / 20, 5_000, SIZE / 50), false, '95 s against 47 s')
})
