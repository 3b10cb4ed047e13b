import { entryCount } from '../format/tensor-layout.ts'
import type { AdapterSpec, TargetModule, Tensor, TensorMap } from '../types.ts'
import { frozenName, moduleFactors } from './frozen-factors.ts'

/** A trained tensor before any training: zero, so that the adapter adds nothing; A of lora that trains A and B has its seeded value. */
export function startTensor(
  adapter: AdapterSpec,
  module: TargetModule,
  name: string,
  shape: readonly number[],
): Tensor {
  return seededStart(adapter, module, name) ?? { shape, data: new Float32Array(entryCount(shape)) }
}

/** The start value of a trained tensor, by its wire name; undefined where it starts at zero. */
export function seededStart(adapter: AdapterSpec, module: TargetModule, name: string): Tensor | undefined {
  const factor = name.slice(`adapter/${module.name}/`.length)
  return factorsOf(adapter, module).get(frozenName(module.name, factor))
}

/** The merge asks for one module of every contribution after another, so that one is worth keeping. */
let kept: { adapter: AdapterSpec; module: TargetModule; factors: TensorMap } | undefined

function factorsOf(adapter: AdapterSpec, module: TargetModule): TensorMap {
  if (kept?.adapter !== adapter || kept.module !== module) {
    kept = { adapter, module, factors: moduleFactors(adapter, module) }
  }
  return kept.factors
}
