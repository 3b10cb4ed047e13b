import { frozenName, moduleFactors } from '../adapters/frozen-factors.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import { entryCount } from '../format/tensor-layout.ts'
import type { MergeSpec, TargetModule, Tensor } from '../types.ts'
import type { Holders } from './adapter-rule.ts'
import { adapterRule } from './adapter-rules.ts'

/**
 * The merged adapter, tensor by tensor, in the order of the charter's modules: holds one module of every contribution at
 * a time. What nobody has trained has its start value.
 */
export function* mergeAdapter(spec: MergeSpec, holders: Holders): Generator<readonly [string, Tensor]> {
  for (const module of spec.modules) {
    const trained = trainedTensors(spec.adapter, module)
    const unheld = [...trained].filter(([name]) => holders(name).length === 0)
    if (unheld.length < trained.size) yield* adapterRule(spec.rule).merge(spec, module, holders)
    if (unheld.length > 0) yield* startTensors(spec, module, unheld)
  }
}

/** Trained tensors before any training: zero, so that the adapter adds nothing; a trained A has its seeded value. */
function* startTensors(
  spec: MergeSpec,
  module: TargetModule,
  trained: readonly (readonly [string, readonly number[]])[],
): Generator<readonly [string, Tensor]> {
  const frozen = moduleFactors(spec.adapter, module)
  for (const [name, shape] of trained) {
    const seeded = frozen.get(frozenName(module.name, name.slice(`adapter/${module.name}/`.length)))
    yield [name, seeded ?? { shape, data: new Float32Array(entryCount(shape)) }]
  }
}
