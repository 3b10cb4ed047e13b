import type { LedgerState } from '../gossip/index.ts'
import { validateMergeSpec, withTasks, type MergeSpec } from '../merge/index.ts'
import { mergeSpecOf, type Charter } from './charter.ts'

/**
 * What contributions are checked and merged by: a charter, and the tasks that have been opened in its ledger.
 *
 * @throws MergeSpecError - parts of the charter do not go together
 */
export function specUnder(charter: Charter, { tasks }: Pick<LedgerState, 'tasks'>): MergeSpec {
  const opened = [...tasks.values()].map(({ id, classes }) => ({ id, classes }))
  return validateMergeSpec(withTasks(mergeSpecOf(charter), opened))
}
