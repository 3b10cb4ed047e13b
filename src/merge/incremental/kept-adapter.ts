import { startTensor } from '../adapters/start-value.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import type { TermOf } from '../rules/adapter-rule.ts'
import { adapterRule } from '../rules/adapter-rules.ts'
import { exactMean } from '../rules/exact-mean.ts'
import type { Term } from '../rules/term.ts'
import type { ContributionView, MergeSpec, TargetModule, Tensor } from '../types.ts'
import { keptSums, type KeptSums } from './kept-sums.ts'

interface KeptTensor {
  readonly name: string
  readonly sums: KeptSums<ContributionView, Tensor>
  readonly start: () => Tensor
}

/** The sums of all trained tensors, of a spec with exact ones. */
export interface KeptAdapter {
  /** As `mergeAdapter`; tensors whose holders are the same as last time are the very same. */
  update(holders: (tensor: string) => readonly ContributionView[]): Generator<readonly [string, Tensor]>
  readonly bytes: number
}

export function keptAdapter(spec: MergeSpec): KeptAdapter {
  const term = adapterRule(spec.rule).term!
  const tensors = spec.modules.flatMap((module) =>
    [...trainedTensors(spec.adapter, module)].map(([name, shape]) => ({
      name,
      sums: keptTensor(spec, module, name, term),
      start: () => startTensor(spec.adapter, module, name, shape),
    })),
  )
  return {
    *update(holders) {
      for (const { name, sums, start } of tensors) yield [name, updateTensor({ name, sums, start }, holders(name))] // prettier-ignore
    },
    get bytes(): number {
      return tensors.reduce((sum, { sums }) => sum + sums.bytes, 0)
    },
  }
}

function updateTensor({ sums, start }: KeptTensor, holders: readonly ContributionView[]): Tensor {
  return holders.length === 0 ? start() : sums.update(holders)
}

function keptTensor(
  spec: MergeSpec,
  module: TargetModule,
  name: string,
  term: TermOf,
): KeptSums<ContributionView, Tensor> {
  const said = (view: ContributionView): Term => term(spec, module, name, { view, weight: 1 })!
  return keptSums((first) => {
    const mean = exactMean(said(first!), name)
    return {
      add: (view) => mean.add(said(view)),
      remove: (view) => mean.remove(said(view)),
      solve: () => tensorFromMatrix(name, mean.solve()),
      get bytes(): number {
        return mean.bytes
      },
    }
  })
}
