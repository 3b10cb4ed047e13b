import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkDemo, type CheckFacts } from '../../../../src/node/demo/checks.ts'
import type { PeerReport } from '../../../../src/node/demo/types.ts'

const ids = ['a', 'b', 'c', 'd']
const accuracy = { ownData: 0.5, allData: 0.6 }

function peer(digest: string): PeerReport {
  const counts = { trainImages: 70, heldOutImages: 30, contributions: 2, bytesSent: 1, bytesReceived: 2 }
  return { id: 'p', name: 'n', digest, ...counts, own: accuracy, merged: accuracy, pooled: accuracy }
}

const good: CheckFacts = {
  peers: [peer('aa'), peer('aa')],
  cut: { contributions: ids, known: [4, 4], expected: 4 },
  baseDigest: '00',
  summary: { ownMean: 0.5, merged: 0.71, pooled: 0.8, frozen: 0.65, randomBackbone: 0.3, base: 0.1 },
}

function failed(facts: Partial<CheckFacts>): string[] {
  return checkDemo({ ...good, ...facts })
    .filter((check) => !check.ok)
    .map((check) => check.name)
}

describe('checks of the demo', () => {
  test('all hold for a good run', () => assert.deepEqual(failed({}), []))
  test('digests that differ', () =>
    assert.deepEqual(failed({ peers: [peer('aa'), peer('ab')] }), ['every peer computed the same merge']))
  test('a contribution that is missing at one peer', () =>
    assert.deepEqual(failed({ cut: { ...good.cut, known: [4, 3] } }), [
      'every peer has taken in every contribution',
    ]))
  test('a contribution that nobody was to make', () =>
    assert.deepEqual(failed({ cut: { ...good.cut, known: [4, 5] } }), [
      'every peer has taken in every contribution',
    ]))
  test('superseded contributions that do not count are no failure', () =>
    assert.deepEqual(failed({ cut: { ...good.cut, contributions: ids.slice(2) } }), []))
  test('a merge that is the start', () =>
    assert.deepEqual(failed({ baseDigest: 'aa' }), ['the merge differs from the start']))
  test('nine points are not ten', () =>
    assert.deepEqual(failed({ summary: { ...good.summary, ownMean: 0.62 } }), [
      'merged beats the mean of the own models',
    ]))
  test('NaN is no gain', () =>
    assert.equal(failed({ summary: { ...good.summary, merged: Number.NaN } }).length, 2))
  test('random weights nearly as good as pretrained ones', () =>
    assert.deepEqual(failed({ summary: { ...good.summary, randomBackbone: 0.65 } }), [
      'pretraining beats random weights',
    ]))
})
