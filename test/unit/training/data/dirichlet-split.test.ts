import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dirichletSplit } from '../../../../src/training/data/dirichlet-split.ts'

/** A small linear congruential generator: enough for counting shares. */
function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

/** Mean over classes of the largest site's share. */
function largestShare(owners: readonly number[][], sites: number): number {
  const shares = owners.map((row) => {
    const counts = Array.from({ length: sites }, (_, site) => row.filter((owner) => owner === site).length)
    return Math.max(...counts) / row.length
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

const counts = Array.from({ length: 40 }, () => 250)

test('every sample gets a site in range, and one seed gives one split', () => {
  const owners = dirichletSplit([7, 0, 3], 4, 0.5, uniform(3))
  assert.deepEqual(
    owners.map((row) => row.length),
    [7, 0, 3],
  )
  assert.ok(owners.flat().every((site) => site >= 0 && site < 4))
  assert.deepEqual(dirichletSplit([7, 0, 3], 4, 0.5, uniform(3)), owners)
})

test('the mean largest share is that of the Dirichlet distribution', () => {
  // mean of max(counts)/250 over 40,000 draws of numpy 2.4 (dirichlet, then multinomial)
  for (const [concentration, expected] of [
    [0.1, 0.809],
    [1, 0.46],
    [100, 0.241],
  ] as const) {
    const share = largestShare(dirichletSplit(counts, 5, concentration, uniform(11)), 5)
    assert.ok(
      Math.abs(share - expected) < 0.05,
      `concentration ${concentration}: ${share}, expected ${expected}`,
    )
  }
})
