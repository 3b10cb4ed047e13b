import type { TrainProgress } from '../../training/index.ts'
import { homePaths } from '../home.ts'
import { memberName } from '../member-name.ts'
import type { Roster } from '../roster.ts'
import { terminalTable } from '../terminal-table.ts'
import { percent } from '../units.ts'
import type { OfflineMerge } from '../offline.ts'
import { whatEachAdds, type ScoredAddition } from '../what-each-adds.ts'
import { ProgressLine } from './progress-line.ts'

/** Computes what each contribution added, on the data of the home where one is named; says on the way how far it is. */
export async function reportAdditions(
  merge: OfflineMerge,
  home: string | undefined,
  signal: AbortSignal,
): Promise<readonly ScoredAddition[]> {
  const line = new ProgressLine(process.stderr)
  try {
    const onProgress = (progress: TrainProgress): void => line.show(progress)
    return await whatEachAdds(merge, home === undefined ? undefined : homePaths(home), { signal, onProgress })
  } finally {
    line.close()
  }
}

/** A row a contribution, in order; what is held out of a home is one column more. */
export function renderAdditions(additions: readonly ScoredAddition[], roster: Roster): string {
  const isScored = additions.some(({ accuracy }) => accuracy !== null)
  const head = ['after', 'generation', 'adapter', 'classifier', ...(isScored ? ['accuracy', 'added'] : [])]
  const rows = additions.map(({ peer, generation, change, classifier, accuracy }, i) => [
    `${i + 1}, ${memberName(roster, peer)}`,
    String(generation),
    percent(change),
    percent(classifier),
    ...(isScored ? [percent(accuracy ?? 0), i === 0 ? '' : points((accuracy ?? 0) - (additions[i - 1]!.accuracy ?? 0))] : []), // prettier-ignore
  ])
  const title = `change of the merge with each contribution${isScored ? ', and its accuracy on the held-out samples of this home' : ''}`
  return `${title}\n${terminalTable(head, rows, 1)}`
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(1)}`
}
