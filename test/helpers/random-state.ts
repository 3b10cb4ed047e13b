import { stateOf, valuesOf } from '../../src/training/model/model-state.ts'
import type { Model } from '../../src/training/model/model-graph.ts'
import type { ModelState } from '../../src/training/types.ts'
import { floats, uniform } from './random-data.ts'

/** A model as if it had been trained: every trained parameter is random, and so is the classifier. */
export function randomState(model: Model, seed: number, size = 0.6): ModelState {
  const random = uniform(seed)
  const values = [...valuesOf(model, null)].map(
    ([name, { length }]) => [name, floats(length, random, -size, size)] as const,
  )
  return stateOf(model, new Map(values))
}
