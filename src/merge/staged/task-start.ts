import { startTensor } from '../adapters/start-value.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import type { LoraSpec, MergeSpec, TensorMap } from '../types.ts'
import { stagedAdapter } from './phase-spec.ts'

/** The adapter of one task: A is drawn anew for each, from the consortium's seed and the task's id, the same at every site. */
export function taskAdapter(spec: Pick<MergeSpec, 'adapter'>, task: string): LoraSpec {
  const adapter = stagedAdapter(spec)
  return { ...adapter, seed: `${adapter.seed}/task/${task}` }
}

/** Both factors at the start of a task, by their wire names: A as drawn, B zero. */
export function taskStart(spec: Pick<MergeSpec, 'adapter' | 'modules'>, task: string): TensorMap {
  const adapter = taskAdapter(spec, task)
  return new Map(
    spec.modules.flatMap((module) =>
      [...trainedTensors(adapter, module)].map(
        ([name, shape]) => [name, startTensor(adapter, module, name, shape)] as const,
      ),
    ),
  )
}
