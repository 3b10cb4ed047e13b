import type { MergeSpec } from '../../../merge/index.ts'
import { PeermergeError } from '../../../errors.ts'
import type { ModelState } from '../../../training/index.ts'
import type { Method } from '../methods/method.ts'
import { wholeState } from './lora-state.ts'
import { startState, type RunContext } from './run-context.ts'

/** Sites with models of their own have all classes at once. @throws PeermergeError ERR_EXPERIMENT_TASKS - several tasks */
export function assertOneTask({ tasks }: RunContext, { name }: Pick<Method, 'name'>): void {
  if (tasks.length === 1) return
  const text = `method ${name}: expected one task, got ${tasks.length}; take it out of the methods, or set tasks to 1`
  throw new PeermergeError('ERR_EXPERIMENT_TASKS', text, { method: name, tasks: tasks.length })
}

/** What every site's own model starts from; of LoRA with both factors. */
export function wholeStart(spec: MergeSpec): ModelState {
  const { adapter, classifier } = startState(spec)
  return { adapter: wholeState(spec.adapter, spec.modules, adapter), classifier }
}
