import { entryCount } from '../format/tensor-layout.ts'
import type { AdapterSpec, TargetModule, Tensor } from '../types.ts'
import { frozenName } from './frozen-factors.ts'
import { keptFactors } from './kept-factors.ts'

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
  return keptFactors(adapter, module).get(frozenName(module.name, factor))
}
