import { gramTrace, scaleGram, toDense } from '../linear/gram.ts'
import { addInto, zeros } from '../linear/matrix.ts'
import { adapterRule } from '../rules/adapter-rules.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import type { Holders } from '../rules/adapter-rule.ts'
import type { Matrix, MergeSpec, TargetModule } from '../types.ts'

/** What all contributions together say of one module's inputs, and how much of it is whose. */
export interface PooledModule {
  /** Σ wᵢG̃ᵢ by trained tensor; none where the rule has no Grams. */
  readonly grams: ReadonlyMap<string, Matrix>
  /** Share of the weight by peer: of tr(wᵢG̃ᵢ), or of wᵢ where there are no Grams. They add up to 1. */
  readonly shares: ReadonlyMap<string, number>
}

/** Undefined for a rule that does not merge each tensor by itself: it has no such sums. Cost: one reading of every contribution. */
export function pooledModule(
  spec: MergeSpec,
  module: TargetModule,
  holders: Holders,
): PooledModule | undefined {
  const term = adapterRule(spec.rule).term
  if (term === undefined) return undefined
  const grams = new Map<string, Matrix>()
  const weights = new Map<string, number>()
  let total = 0
  for (const name of trainedTensors(spec.adapter, module).keys()) {
    for (const contribution of holders(name)) {
      const said = term(spec, module, name, contribution)
      if (said === undefined) continue
      const gram = said.gram === undefined ? undefined : scaleGram(said.gram, said.weight)
      const weight = gram === undefined ? said.weight : gramTrace(gram)
      const { peer } = contribution.view.header
      weights.set(peer, (weights.get(peer) ?? 0) + weight)
      total += weight
      if (gram === undefined) continue
      const dense = toDense(gram)
      const sum = grams.get(name) ?? zeros(dense.rows, dense.cols)
      addInto(sum, dense)
      grams.set(name, sum)
    }
  }
  return { grams, shares: new Map([...weights].map(([peer, weight]) => [peer, weight / total])) }
}
