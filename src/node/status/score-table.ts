import pc from 'picocolors'
import type { ConsortiumTask, OwnTask, ScoreReport } from '../scores/types.ts'
import { terminalTable } from '../terminal-table.ts'
import { counted } from '../units.ts'

const OWN = ['task', 'here now', 'at its end', 'forgotten']
const ALL = ['all sites now', 'forgotten', 'sites']

/** How the model in use does on held-out samples: here, and where the charter shares it on those of all sites. Nothing before the first score. */
export function scoreLines(
  { tasks, merge, consortium, forgetting }: ScoreReport,
  newest: string | undefined,
): readonly string[] {
  if (tasks.length === 0) return []
  const rows = tasks.map(({ name, own, consortium: all }) => [
    name ?? 'classes of the charter',
    ...ownCells(own),
    ...(consortium === null ? [] : allCells(all)),
  ])
  const gone = tasks.flatMap(({ name, own }) => (own?.isMeasurable === false ? (name ?? 'classes of the charter') : [])) // prettier-ignore
  return [
    `accuracy on held-out samples${ofMerge(merge, newest)}${meanText(forgetting)}`,
    terminalTable([...OWN, ...(consortium === null ? [] : ALL)], rows, 1),
    ...gone.map((name) =>
      pc.dim(`${name}: not measurable here, as its samples are gone; the figure is the last one`),
    ),
    ...consortiumLine(consortium, newest),
  ]
}

function ownCells(own: OwnTask | null): readonly string[] {
  if (own === null) return ['no samples', '', '']
  const { accuracy, accuracyAtEnd, forgetting, count, isMeasurable } = own
  if (!isMeasurable) return [pc.dim(`last ${percent(accuracy)}`), percent(accuracyAtEnd), '']
  return [`${percent(accuracy)} of ${count}`, percent(accuracyAtEnd), points(forgetting)]
}

function allCells(all: ConsortiumTask | null): readonly string[] {
  if (all === null) return ['', '', '0']
  const { accuracy, forgetting, count, sites } = all
  return [`${percent(accuracy)} of ${count}`, points(forgetting), String(sites)]
}

function consortiumLine(
  consortium: ScoreReport['consortium'],
  newest: string | undefined,
): readonly string[] {
  if (consortium === null) return []
  const { merge, sites, of, forgetting } = consortium
  if (merge === null) return ['all sites: nobody has said a score yet']
  return [
    `all sites: ${sites} of ${counted(of, 'member')} ${sites === 1 ? 'has' : 'have'} scored${ofMerge(merge, newest)}${meanText(forgetting)}`,
  ]
}

function ofMerge(merge: string | null, newest: string | undefined): string {
  if (merge === null) return ''
  return merge === newest ? ' this merge' : ` merge ${merge.slice(0, 12)}, not the newest here`
}

function meanText(forgetting: number | null): string {
  return forgetting === null ? '' : `; forgotten of all tasks but the last, mean: ${points(forgetting)}`
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
/** In points of a hundred; negative where something was gained. */
const points = (share: number): string => (100 * share).toFixed(1).replace(/^-0\.0$/, '0.0')
