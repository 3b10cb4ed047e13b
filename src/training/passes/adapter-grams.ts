import type { TensorMap } from '../../merge/index.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import type { Projection } from '../adapters/adapter.ts'
import type { SamplePass } from './sample-pass.ts'
import { samplePass } from './sample-pass.ts'
import type { Value } from '../graph/index.ts'
import { statisticsGraph } from '../model/model-graph.ts'
import type { BatchShape } from '../model/model-graph.ts'

export interface ProjectedGrams {
  readonly projection: Projection
  /** LoRA's A stays as it is, although the adapter trains both factors. */
  readonly aStays: boolean
}

/**
 * The merge rule's statistics of the adapter over all samples, in evaluation mode: `gram/<module>`, S = A G Aᵀ with G = XᵀX over all
 * tokens of all samples at that layer; only of the adapter's chosen parts, or jointly of all.
 *
 * Precision: float32 within a batch, float64 over batches, rounded once to float32. Yields the number of samples done.
 */
export async function* adapterGrams(
  pass: SamplePass,
  choice: PartChoice,
  { projection, aStays }: ProjectedGrams = { projection: 'projected', aStays: false },
): AsyncGenerator<number, TensorMap> {
  const { model } = pass
  const sums = new Map<string, Float64Array>()
  const graph = (shape: BatchShape): Record<string, Value> => statisticsGraph(model, shape, aStays)
  for await (const { batch, outputs } of samplePass(pass, `statistics ${aStays}`, graph)) {
    for (const [name, { data }] of Object.entries(outputs)) addInto(sums, name, data)
    yield batch.indices.length
  }
  return model.adapter.grams(sums, choice, projection)
}

function addInto(sums: Map<string, Float64Array>, name: string, data: Float32Array): void {
  const sum = sums.get(name) ?? new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) sum[i]! += data[i]!
  sums.set(name, sum)
}
