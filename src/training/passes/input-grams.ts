import { matmul, mul, sum } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { moduleInputs } from '../model/model-graph.ts'
import type { BatchShape, SharedInput } from '../model/model-graph.ts'
import type { InputGram } from '../types.ts'
import { GramSum } from './gram-sum.ts'
import type { GramKind } from './gram-sum.ts'
import { samplePass } from './sample-pass.ts'
import type { SamplePass } from './sample-pass.ts'

export interface InputGramPass extends SamplePass {
  /** With the adapter of the pass's values, or on the frozen backbone. */
  readonly adapted: boolean
}

/** An input to measure: target modules that share it, and its width. */
export interface PlannedInput {
  readonly modules: readonly string[]
  readonly width: number
}

/**
 * G = XᵀX of these inputs over all rows (tokens) of all samples in one pass, in evaluation mode; rows of filling count as zero.
 *
 * Precision: products in float32 within a batch of 32 samples, sums over batches in float64: entries are within 2e-7 of the
 * largest one. Yields the number of samples done.
 */
export async function* inputGrams(
  pass: InputGramPass,
  planned: readonly PlannedInput[],
  kind: GramKind,
  k: number,
): AsyncGenerator<number, InputGram[]> {
  const names = planned.flatMap(({ modules }) => modules)
  const sums = new Map(planned.map(({ modules, width }) => [modules[0]!, new GramSum(width, kind, k)]))
  const key = ['grams', kind === 'diagonal' ? kind : 'full', pass.adapted, ...names].join(' ')
  const graph = (shape: BatchShape): Record<string, Value> => {
    const inputs = moduleInputs(pass.model, shape, pass.adapted, names)
    return Object.fromEntries(inputs.flatMap((input) => ofInput(input, kind)))
  }
  try {
    for await (const { batch, outputs } of samplePass(pass, key, graph)) {
      for (const [module, sum] of sums)
        sum.add(outputs[`gram ${module}`]!.data, outputs[`rows ${module}`]!.data[0]!)
      yield batch.indices.length
    }
  } finally {
    await pass.graphs.release(key)
  }
  return planned.map(({ modules }) => {
    const total = sums.get(modules[0]!)!
    sums.delete(modules[0]!) // one by one, so that sums and what they become do not all lie in memory together
    return { modules, rows: total.rows, gram: total.summary() }
  })
}

/** Outputs of one batch: `gram <first module>` (d, d), or its diagonal (d), and `rows <first module>` (). */
function ofInput({ modules: [module], x, mask }: SharedInput, kind: GramKind): [string, Value][] {
  const kept = mul(x, mask)
  const gram = kind === 'diagonal' ? sum(mul(kept, kept), [0]) : matmul(kept, kept, { transposeA: true })
  return [
    [`gram ${module}`, gram],
    [`rows ${module}`, sum(mask)],
  ]
}
