import { createRandom } from '../../merge/index.ts'
import type { ExperimentSpec } from './spec-schema.ts'
import { draw } from './data/draw.ts'
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
  const { train } = drawnSamples(data, seed)
  const order = createRandom(`${seed}/classes`).shuffle([...data.classes.keys()])
  return parts(order, spec.tasks).map((part, number) => {
    const classes = [...part].sort((a, b) => a - b)
    const samples = classes.map((c) => train[c]!)
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

/** What is trained on and what is held out, class by class, by index. */
export interface DrawnSamples {
  readonly train: readonly (readonly number[])[]
  readonly heldOut: readonly (readonly number[])[]
}

/** The same for all seeds, unless the data are to be drawn anew for each: then of every domain and class the same share. */
export function drawnSamples(data: PreparedData, seed: number): DrawnSamples {
  const { classes, trainCounts, testCounts, redrawn, domains = [], domainNames = [] } = data
  const all = (counts: readonly number[]): number[][] => classes.map((_, c) => samplesOf(counts, c))
  if (redrawn === undefined) return { train: all(trainCounts), heldOut: all(testCounts) }
  const heldOut = all(trainCounts).map((samples, c) =>
    domainNames.flatMap((name, domain) => {
      const ofDomain = samples.filter((sample) => domains[sample] === domain)
      return draw(ofDomain, Math.round(redrawn * ofDomain.length), `${seed}/held out/${name}/${c}`)
    }),
  )
  const taken = new Set(heldOut.flat())
  return { train: all(trainCounts).map((samples) => samples.filter((one) => !taken.has(one))), heldOut }
}

/** Held-out samples of each domain, by index. */
export function homeSamples(
  { testDomains, domainNames = [] }: PreparedData,
  { heldOut }: Pick<DrawnSamples, 'heldOut'>,
): readonly (readonly number[])[] | undefined {
  if (testDomains === undefined) return undefined
  return domainNames.map((_, domain) => heldOut.flat().filter((sample) => testDomains[sample] === domain))
}

/** Samples stand class after class. */
function samplesOf(counts: readonly number[], c: number): number[] {
  const start = counts.slice(0, c).reduce((sum, count) => sum + count, 0)
  return Array.from({ length: counts[c]! }, (_, i) => start + i)
}

function parts<T>(items: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.round((i * items.length) / count), Math.round(((i + 1) * items.length) / count)),
  )
}
