import { entryCount, loraAName, trainedTensors } from './contribution-tensors.ts'
import { moduleFactors } from './frozen-factors.ts'
import { mergeLorm } from './merge-lorm.ts'
import { mergeMean } from './merge-mean.ts'
import { mergeRavan } from './merge-ravan.ts'
import type { ModuleMerge, WeightedContribution } from './module-merge.ts'
import type { MergeRule, MergeSpec, TargetModule, Tensor } from './types.ts'

const RULES: Readonly<Record<MergeRule, ModuleMerge>> = {
  mean: mergeMean,
  lorm: mergeLorm,
  ravan: mergeRavan,
}

/**
 * The merged adapter, tensor by tensor, in the order of the charter's modules: holds one module of every contribution at
 * a time. Without contributions it is the start state.
 */
export function* mergeAdapter(
  spec: MergeSpec,
  contributions: readonly WeightedContribution[],
): Generator<readonly [string, Tensor]> {
  for (const module of spec.modules) {
    if (contributions.length === 0) yield* startTensors(spec, module)
    else yield* RULES[spec.rule](spec, module, contributions)
  }
}

/** Trained tensors before any training: zero, so that the adapter adds nothing; a trained A has its seeded value. */
function* startTensors(spec: MergeSpec, module: TargetModule): Generator<readonly [string, Tensor]> {
  for (const [name, shape] of trainedTensors(spec.adapter, module)) {
    const seeded = name === loraAName(module.name)
    const start = seeded ? moduleFactors(spec.adapter, module).get(`frozen/${module.name}/lora_A`) : undefined
    yield [name, start ?? { shape, data: new Float32Array(entryCount(shape)) }]
  }
}
