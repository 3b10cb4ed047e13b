import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OPERATORS } from '../../../../src/training/graph/derivatives.ts'
import type { Operator } from '../../../../src/training/graph/index.ts'
import { checkRandomGraph, seedsToCheck } from '../../../helpers/check-random-graph.ts'
import { runtimesUnderTest } from '../../../helpers/runtimes.ts'

const OPERATORS_EACH = 12

const seeds = seedsToCheck(60)
const runtimes = await runtimesUnderTest()

describe('random graphs', () => {
  const used = new Set<Operator>()
  for (const seed of seeds) {
    it(`seed ${seed}`, async () => {
      for (const operator of await checkRandomGraph(seed, OPERATORS_EACH, runtimes)) used.add(operator)
    })
  }
  it('have used every operator', { skip: seeds.length === 1 && 'one seed alone' }, () => {
    assert.deepEqual(
      OPERATORS.filter((operator) => !used.has(operator)),
      [],
    )
  })
})
