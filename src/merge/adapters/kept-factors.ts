import type { AdapterSpec, TargetModule, TensorMap } from '../types.ts'
import { moduleFactors } from './frozen-factors.ts'

let kept: { adapter: AdapterSpec; module: TargetModule; factors: TensorMap } | undefined

/** `moduleFactors`, drawn once for calls that follow each other: the merge asks at one module after another, of every contribution. */
export function keptFactors(adapter: AdapterSpec, module: TargetModule): TensorMap {
  if (kept?.adapter !== adapter || kept.module !== module) {
    kept = { adapter, module, factors: moduleFactors(adapter, module) }
  }
  return kept.factors
}
