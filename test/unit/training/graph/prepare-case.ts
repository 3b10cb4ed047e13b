import * as g from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import type { Feeds } from '../../../../src/training/runtime/runtime.ts'
import { floats, integers, uniform } from '../../../helpers/random-data.ts'
import type { OperatorCase } from './operator-case.ts'

export interface PreparedCase {
  readonly inputs: readonly Value[]
  readonly feeds: Feeds
  readonly result: Value
  /** The result's entries, weighted at random and summed. */
  readonly loss: Value
}

/** Builds one case with its seeded inputs. */
export function prepareCase({
  shapes,
  range = [-1.7, 1.7],
  integers: indices = [],
  build,
}: OperatorCase): PreparedCase {
  const random = uniform(20240611)
  const feeds: Record<string, Float32Array | Int32Array> = {}
  const inputs = shapes.map((shape, i) => {
    feeds[`x${i}`] = floats(g.sizeOf(shape), random, ...range)
    return g.input(`x${i}`, shape)
  })
  const indexInputs = indices.map(({ shape, below }, i) => {
    feeds[`i${i}`] = integers(g.sizeOf(shape), random, below)
    return g.input(`i${i}`, shape, 'i32')
  })
  const result = build(...inputs, ...indexInputs)
  const weights = g.constant(floats(g.sizeOf(result.shape), random), result.shape)
  return { inputs, feeds, result, loss: g.sum(g.mul(result, weights)) }
}
