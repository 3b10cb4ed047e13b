import { createRandom } from '../../merge/index.ts'
import type { ExperimentSpec } from './spec-schema.ts'
import { dirichletTask, domainTask, type SplitName, type TaskSplit } from './split.ts'
import type { PreparedData } from './data/prepared-data.ts'

/** One task of a run: its classes (rows of the classifier, ascending), and which training samples each site has. */
export interface Task {
  readonly classes: readonly number[]
  readonly sites: TaskSplit
}

/** The tasks of a run: classes in an order drawn by the seed, cut into as equal parts as can be, and dealt to sites. */
export function runTasks(
  spec: Pick<ExperimentSpec, 'tasks' | 'sites'>,
  data: PreparedData,
  split: SplitName,
  seed: number,
): readonly Task[] {
  const order = createRandom(`${seed}/classes`).shuffle([...data.classes.keys()])
  return parts(order, spec.tasks).map((part, number) => {
    const classes = [...part].sort((a, b) => a - b)
    const samples = classes.map((c) => samplesOf(data.trainCounts, c))
    const sites =
      split === 'domain'
        ? domainTask(samples, data.domains ?? [], sitesOf(spec, data, split))
        : dirichletTask(Number(split), {
            classes: samples,
            sites: spec.sites,
            seed: `${seed}/split/${split}/${number}`,
          })
    return { classes, sites }
  })
}

export function sitesOf(spec: Pick<ExperimentSpec, 'sites'>, data: PreparedData, split: SplitName): number {
  return split === 'domain' ? (data.domainNames?.length ?? 0) : spec.sites
}

/** Held-out samples of each domain, by index. */
export function homeSamples({
  testDomains,
  domainNames = [],
}: PreparedData): readonly (readonly number[])[] | undefined {
  if (testDomains === undefined) return undefined
  return domainNames.map((_, domain) =>
    testDomains.flatMap((one, sample) => (one === domain ? [sample] : [])),
  )
}

/** Samples stand class after class. */
export function samplesOf(counts: readonly number[], c: number): number[] {
  const start = counts.slice(0, c).reduce((sum, count) => sum + count, 0)
  return Array.from({ length: counts[c]! }, (_, i) => start + i)
}

function parts<T>(items: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.round((i * items.length) / count), Math.round(((i + 1) * items.length) / count)),
  )
}
