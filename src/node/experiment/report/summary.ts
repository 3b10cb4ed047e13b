import { methodNamed } from '../methods/method-table.ts'
import { splitNames } from '../plan.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import { meanForgetting } from '../../scores/forgetting.ts'
import type { SplitName } from '../split.ts'
import { HEADS, type Head, type RunRecord, type Trajectory } from '../types.ts'
import { atHome, type HomeTable } from './at-home.ts'
import { interval, pairedInterval, verdict, type Interval } from './interval.ts'
import { withSamples, type RightBySeed } from './over-samples.ts'
import { ticketsOf, type Ticket } from './tickets.ts'

/** A method with one of its heads on one split, over all seeds that there are records of. */
export interface Row {
  /** `method` or `method:head`, as `reference` names it. */
  readonly name: string
  readonly method: string
  readonly head: Head
  readonly title: string
  readonly seeds: readonly number[]
  /** Mean over tasks of the accuracy after the last one. */
  readonly accuracy: Interval
  /** By how much accuracy on a task has fallen since its end, mean over all but the last; undefined where nothing was scored in between. */
  readonly forgetting: Interval | undefined
  /** Accuracy on all classes seen so far after each round, mean over seeds. */
  readonly rounds: readonly number[]
  /** Bytes that a site sends in all for this row: without statistics where the head needs none, and of one task's rounds where it needs no more. */
  readonly sent: number
  readonly bytes: RunRecord['bytes']
  readonly ms: RunRecord['ms']
  /** Local only: the least accurate site's, mean over seeds. */
  readonly worst: number | undefined
  /** What it has more than the reference on the same seeds, and where records say which held-out samples were right, on the same samples. */
  readonly versus: { readonly difference: Interval; readonly verdict: ReturnType<typeof verdict> } | undefined
}

export interface SplitSummary {
  readonly split: SplitName
  /** In the order of the methods; the most accurate is not first. */
  readonly rows: readonly Row[]
  /** On held-out samples like each site's own, where the data say which. */
  readonly home: readonly HomeTable[]
  /** Where FedSelect was run: how much became personal, and how good sites then were at home. */
  readonly tickets: readonly Ticket[]
}

/** All that a report says, as numbers; a function of the records alone. */
export function summarise(spec: ExperimentSpec, records: readonly RunRecord[]): readonly SplitSummary[] {
  return splitNames(spec).map((split) => {
    const ofSplit = records.filter((record) => record.split === split)
    const reference = scored(ofSplit, ...said(spec.reference))
    const rows = spec.methods.flatMap((method) =>
      HEADS.flatMap((head) => rowOf(spec, ofSplit, method, head, reference)),
    )
    return { split, rows, home: atHome(ofSplit), tickets: ticketsOf(ofSplit) }
  })
}

/** `method:analytic` as method and head; a method alone is its own head. */
export function said(row: string): [method: string, head: Head] {
  const [method, head] = row.split(':')
  return [method!, HEADS.find((one) => one === head) ?? 'own']
}

export function finalAccuracy({ tasks }: Trajectory): number {
  const last = tasks.at(-1)!
  return last.reduce((sum, value) => sum + value, 0) / last.length
}

/** Mean over tasks before the last of a_tt − a_Tt. */
export function forgetting({ tasks }: Trajectory): number | undefined {
  const last = tasks.at(-1)!
  return meanForgetting(tasks.slice(0, -1).map((row, t) => ({ end: row[t]!, now: last[t]! })))
}

/** By seed. */
interface Scored {
  readonly accuracy: ReadonlyMap<number, number>
  readonly right: RightBySeed
}

function scored(records: readonly RunRecord[], method: string, head: Head): Scored {
  const found = records.flatMap((record) => {
    const trajectory = record.method === method ? record.heads[head] : undefined
    return trajectory === undefined ? [] : [{ seed: record.seed, trajectory }]
  })
  return {
    accuracy: new Map(found.map(({ seed, trajectory }) => [seed, finalAccuracy(trajectory)])),
    right: new Map(found.flatMap(({ seed, trajectory: { right } }) => (right ? [[seed, right]] : []))),
  }
}

function difference(row: Scored, reference: Scored): Interval | undefined {
  const overSeeds = pairedInterval(row.accuracy, reference.accuracy)
  return overSeeds && withSamples(overSeeds, row.right, reference.right)
}

function rowOf(
  spec: Pick<ExperimentSpec, 'tasks'>,
  records: readonly RunRecord[],
  method: string,
  head: Head,
  reference: Scored,
): readonly Row[] {
  const runs = records
    .filter((record) => record.method === method && record.heads[head] !== undefined)
    .sort((a, b) => a.seed - b.seed)
  if (runs.length === 0) return []
  const found = runs.map((run) => run.heads[head]!)
  const lost = found.flatMap((trajectory) => forgetting(trajectory) ?? [])
  const worst =
    head === 'own' ? runs.flatMap(({ perSite }) => (perSite === undefined ? [] : [Math.min(...perSite)])) : []
  const more = difference(scored(records, method, head), reference)
  return [
    {
      name: head === 'own' ? method : `${method}:${head}`,
      method,
      head,
      title: titleOf(method, head),
      seeds: runs.map(({ seed }) => seed),
      accuracy: interval(found.map(finalAccuracy)),
      forgetting: lost.length === 0 ? undefined : interval(lost),
      rounds: means(found.map(({ rounds }) => rounds)),
      sent: interval(runs.map(({ bytes }) => sentFor(bytes, head, spec.tasks))).mean,
      bytes: meanOf(runs.map(({ bytes }) => bytes)),
      ms: meanOf(runs.map(({ ms }) => ms)),
      worst: worst.length === 0 ? undefined : interval(worst).mean,
      versus: more && { difference: more, verdict: verdict(more) },
    },
  ]
}

function sentFor({ total, statistics, lifted }: RunRecord['bytes'], head: Head, tasks: number): number {
  const training = total - statistics
  if (head === 'own') return training
  return (head === 'lifted' ? lifted : statistics) + training / tasks
}

function titleOf(name: string, head: Head): string {
  const title = methodNamed(name)?.title ?? name
  return head === 'own' ? title : `${title}; ${head} head`
}

function means(lists: readonly (readonly number[])[]): number[] {
  const length = Math.min(...lists.map((list) => list.length))
  return Array.from({ length }, (_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length)
}

function meanOf<T extends object>(all: readonly T[]): T {
  const names = Object.keys(all[0]!) as (keyof T)[]
  const mean = (name: keyof T): number => all.reduce((sum, one) => sum + Number(one[name]), 0) / all.length
  return Object.fromEntries(names.map((name) => [name, mean(name)])) as T
}
