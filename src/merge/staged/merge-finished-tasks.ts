import { loraAName, loraBName } from '../format/contribution-tensors.ts'
import { matrixFromTensor, tensorFromMatrix } from '../linear/matrix.ts'
import { sumGrams } from '../linear/sum-grams.ts'
import type { Gram } from '../linear/gram.ts'
import { mergeTasks, type TaskFactors } from '../rules/merge-tasks.ts'
import { readGram } from '../rules/read-gram.ts'
import {
  assertStackFits,
  stackedSpec,
  stackProducts,
  type StackedFactors,
} from '../rules/stacked-products.ts'
import type { ContributionView, GramSpec, LoraSpec, MergeSpec, TargetModule, TensorMap } from '../types.ts'
import { canonicalOrder } from '../units/canonical-order.ts'
import { stagedAdapter } from './phase-spec.ts'

/** What a site says of the inputs of all modules once a task is merged: `gram/<module>`… in the form of the task's end. */
export type TaskGrams = Pick<ContributionView, 'id' | 'tensor'>

/** A task whose rounds are over: its merged factors by their wire names, and every site's Grams under them. */
export interface FinishedTask {
  /** Tasks are summed by ascending id. */
  readonly id: string
  readonly adapter: TensorMap
  /** Summed by ascending id. */
  readonly grams: readonly TaskGrams[]
}

/** A model to evaluate and to use; training does not go on from it. */
export interface MergedTasks {
  /** Lora of rank T·r; its scale is that of the consortium's adapter. */
  readonly adapterSpec: LoraSpec
  readonly adapter: TensorMap
}

/**
 * LoRM's merge across tasks, module by module: the update nearest to every task's own on that task's inputs, as `mergeTasks` says.
 * With 'mean' Σ_t B_tA_t / T, which LoRM has inside a task.
 *
 * @param tasks - at least one
 * @param grams - the form in which the Grams of a task's end travel
 * @throws MergeRankError - T·r exceeds what a module has
 */
export function mergeFinishedTasks(
  spec: MergeSpec,
  grams: GramSpec | 'mean',
  tasks: readonly FinishedTask[],
): MergedTasks {
  const lora = stagedAdapter(spec)
  const adapter = new Map(
    spec.modules.flatMap((module) => {
      assertStackFits(lora, module, tasks.length)
      const { a, b } = mergeModule(spec, module, grams, tasks)
      const [nameA, nameB] = [loraAName(module.name), loraBName(module.name)]
      return [[nameB, tensorFromMatrix(nameB, b)] as const, [nameA, tensorFromMatrix(nameA, a)] as const]
    }),
  )
  return { adapterSpec: stackedSpec(lora, tasks.length), adapter }
}

function mergeModule(
  spec: MergeSpec,
  module: TargetModule,
  grams: GramSpec | 'mean',
  tasks: readonly FinishedTask[],
): StackedFactors {
  const factors = canonicalOrder(tasks).map((task) => ({ task, ...factorsOf(spec, module, task) }))
  if (grams === 'mean') {
    const terms = factors.map(({ task, a, b }) => ({ id: task.id, a, b, weight: 1, count: 1, gram: undefined })) // prettier-ignore
    return stackProducts(terms, 'tasks')
  }
  const summed = factors.map(({ task, a, b }): TaskFactors => {
    return { id: task.id, a, b, gram: taskGram({ ...spec, grams }, module, task) }
  })
  return mergeTasks(summed, spec.ridge)
}

function factorsOf(
  spec: MergeSpec,
  { name, in: inputs, out }: TargetModule,
  { adapter }: FinishedTask,
): StackedFactors {
  const { rank } = spec.adapter
  return {
    a: matrixFromTensor(loraAName(name), adapter.get(loraAName(name))!, rank, inputs),
    b: matrixFromTensor(loraBName(name), adapter.get(loraBName(name))!, out, rank),
  }
}

function taskGram(spec: MergeSpec, module: TargetModule, { grams }: FinishedTask): Gram {
  const views = canonicalOrder(grams) as readonly ContributionView[]
  const [first, ...rest] = views.map((view) => readGram(spec, module, view))
  return sumGrams([first!, ...rest])
}
