import type { TensorMap } from '../../merge/index.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import type { Projection } from '../adapters/adapter.ts'
import type { SamplePass } from './sample-pass.ts'
import { samplePass } from './sample-pass.ts'
import { statisticsGraph } from '../model/model-graph.ts'

/**
 * The merge rule's statistics of the adapter over all samples, in evaluation mode: `gram/<module>`, S = A G Aᵀ with G = XᵀX over all
 * tokens of all samples at that layer; only of the adapter's chosen parts, or jointly of all.
 *
 * Precision: float32 within a batch, float64 over batches, rounded once to float32. Yields the number of samples done.
 */
export async function* adapterGrams(
  pass: SamplePass,
  choice: PartChoice,
  projection: Projection = 'projected',
): AsyncGenerator<number, TensorMap> {
  const { model } = pass
  const sums = new Map<string, Float64Array>()
  for await (const { batch, outputs } of samplePass(pass, 'statistics', (shape) =>
    statisticsGraph(model, shape),
  )) {
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
