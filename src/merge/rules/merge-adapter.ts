import { startTensor } from '../adapters/start-value.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import type { MergeSpec, TargetModule, Tensor } from '../types.ts'
import type { Holders } from './adapter-rule.ts'
import { adapterRule } from './adapter-rules.ts'

/**
 * The merged adapter, tensor by tensor, in the order of the charter's modules: holds one module of every contribution at
 * a time. What nobody has trained has its start value.
 */
export function* mergeAdapter(
  spec: MergeSpec,
  holders: Holders,
  modules: readonly TargetModule[] = spec.modules,
): Generator<readonly [string, Tensor]> {
  for (const module of modules) {
    const trained = trainedTensors(spec.adapter, module)
    const unheld = [...trained].filter(([name]) => holders(name).length === 0)
    if (unheld.length < trained.size) yield* adapterRule(spec.rule).merge(spec, module, holders)
    for (const [name, shape] of unheld) yield [name, startTensor(spec.adapter, module, name, shape)]
  }
}
