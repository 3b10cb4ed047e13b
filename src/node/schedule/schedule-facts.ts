import { contributionsPerTask } from '../schedule-rules.ts'
import type { LedgerState } from '../../gossip/index.ts'
import { classesOfTask, rowsOfTask, type MergeSpec } from '../../merge/index.ts'
import type { Charter } from '../charter.ts'
import type { SiteConfig } from '../home.ts'
import { listensText } from '../site-data.ts'
import { memberRecords, ownRecord, type MemberRecord } from '../member-facts.ts'
import { othersInMerge } from '../personal/others-in-merge.ts'
import type { MergeSource } from '../merge-source.ts'
import type { Roster } from '../roster.ts'
import type { NodeStore } from '../types.ts'
import type { MergeFacts, ScheduleFacts } from './schedule.ts'
import type { TaskFacts } from './schedule-tasks.ts'
import type { OwnProgress } from './site-training.ts'

/** A moving anchor is followed this often at most; each time costs one pass over the data and one contribution. */
export const MAX_STATISTICS = 4

/** An action that has failed on a merge or anchor and would fail again. */
export interface Stuck {
  readonly action: 'train' | 'measure'
  readonly task: string | null
  readonly on: string | null
  readonly reason: string
}

/** What the loop itself remembers between two looks; everything else is read from store, merge and network. */
export interface ScheduleMemory {
  since: number
  settleUntil: number | null
  /** Training samples of this site, by row of the classifier; null until its data have been read. */
  counts: readonly number[] | null
  /** Tasks of which no statistics can be published, and why. */
  readonly refused: Map<string | null, string>
  stuck: Stuck | null
  /** Contributions of others beside which this site's own model could not be renewed. */
  unmeetable: string | null
  /** When the merged adapter last changed. */
  adapterChangedAt: number
}

export interface ScheduleSources {
  readonly self: string
  readonly charter: Charter
  readonly spec: MergeSpec
  /** Opened tasks, in the order of their opening. */
  readonly tasks: LedgerState['tasks']
  /** Whether contributions under it count no more. */
  readonly charterEnded: boolean
  readonly roster: Roster
  readonly config: SiteConfig
  readonly store: Pick<NodeStore, 'list'>
  readonly merge: Pick<MergeSource, 'newest' | 'isCurrent'>
  readonly connected: () => ReadonlySet<string>
  /** Of the model that this site keeps to itself. */
  readonly ownModel: OwnProgress | undefined
  readonly now: () => number
}

/** Gathers what the next action depends on, in each task that this site has samples of. */
export function scheduleFacts(
  sources: ScheduleSources,
  memory: Readonly<ScheduleMemory>,
): readonly TaskFacts[] {
  const { spec, tasks } = sources
  const own = { id: null, name: 'of the charter' }
  const opened = [...tasks.values()].filter(({ id }) => spec.tasks?.some((task) => task.id === id))
  return [own, ...opened]
    .filter(({ id }) => hasSamples(spec, id, memory.counts))
    .map(({ id, name }) => ({ name, facts: factsOf(id, sources, memory) }))
}

function hasSamples(spec: MergeSpec, task: string | null, counts: readonly number[] | null): boolean {
  return spec.tasks === undefined || rowsOfTask(spec, task).some((row) => counts?.[row] !== 0)
}

function factsOf(
  task: string | null,
  sources: ScheduleSources,
  memory: Readonly<ScheduleMemory>,
): ScheduleFacts {
  const { self, charter, config, store, now } = sources
  const listens = !config.contribute
  const own = { ...ownRecord(self, store, task), ...(listens && unpublished(sources.ownModel)) }
  const { stuck } = memory
  const untrained = nothingToTrain(sources, task)
  return {
    task,
    ...(untrained !== undefined && { untrained }),
    listens,
    unmet: unmetBy(sources, memory),
    now: now(),
    since: memory.since,
    settleUntil: memory.settleUntil,
    charterEnded: sources.charterEnded,
    pacing: {
      contributionsPerTask: untrained === undefined ? contributionsPerTask(charter.schedule) : 0,
      waitFor: config.pacing.waitFor,
      patienceMs: config.pacing.patienceMs,
      maxStatistics: MAX_STATISTICS,
    },
    classifier: charter.classifier,
    own: {
      adapters: own.adapters,
      generation: own.generation,
      anchors: own.anchors,
      statisticsRefused: memory.refused.get(task) ?? null,
      stuck: stuck?.task === task ? stuck : null,
    },
    others: othersIn(task, sources),
    merge: mergeFacts(task, sources, memory.adapterChangedAt),
  }
}

/**
 * Why no adapter is trained in a task. Statistics on merged features belong to one adapter, and data of an earlier task may be gone when
 * that changes: then only the first task trains it. And a loss over a single class has no slope. A site that only listens trains nothing but
 * a model of its own.
 */
function nothingToTrain(
  { charter: { classifier, personal }, spec, config }: Pick<ScheduleSources, 'charter' | 'spec' | 'config'>,
  task: string | null,
): string | undefined {
  const isTrained = personal !== undefined && personal.method !== 'means'
  if (!config.contribute && (!isTrained || config.data === undefined)) return listensText(config)
  if (task === null) return undefined
  if (classifier.rule === 'analytic' && classifier.features === 'merged') {
    return 'the adapter stays that of the first task'
  }
  return classesOfTask(spec, task)!.length > 1 ? undefined : 'a single class is nothing to tell apart'
}

function unpublished(own: OwnProgress | undefined): { adapters: number; generation: number } {
  return { adapters: own?.trainings ?? 0, generation: own?.generation ?? 0 }
}

function unmetBy(
  { merge, store, self, ownModel, config }: ScheduleSources,
  { unmeetable }: Pick<ScheduleMemory, 'unmeetable'>,
): ScheduleFacts['unmet'] {
  if (ownModel === undefined || config.data === undefined) return undefined
  const others = othersInMerge(merge.newest, store, self)
  if (!merge.isCurrent) return others // it may be that there are more
  const key = others.join()
  return key === ownModel.met.join() || key === unmeetable ? undefined : others
}

function othersIn(task: string | null, sources: ScheduleSources): ScheduleFacts['others'] {
  const { self, roster, store, tasks, connected } = sources
  const peers = connected()
  return memberRecords(roster, store, task)
    .filter((member) => member.id !== self && member.contributes && takesPart(task, member, tasks))
    .map(({ id, name, adapters, generation }) => ({
      id,
      name,
      connected: peers.has(id),
      adapters,
      generation,
    }))
}

/** Whoever has said to hold classes of a task or has contributed to it; in that of the charter also who has said nothing at all. */
function takesPart(task: string | null, { id, ids }: MemberRecord, tasks: LedgerState['tasks']): boolean {
  if (ids.length > 0) return true
  const holds = (of: string): boolean => (tasks.get(of)?.sites.get(id)?.length ?? 0) > 0
  return task === null ? ![...tasks.keys()].some(holds) : holds(task)
}

function mergeFacts(
  task: string | null,
  { merge: { newest, isCurrent: current }, spec, store }: ScheduleSources,
  changedAt: number,
): MergeFacts {
  if (newest === undefined) return { base: null, generation: 0, adapterDigest: '', changedAt, current }
  const { digest, adapter, cut } = newest.summary
  const { generation } = spec.tasks === undefined ? newest.summary : newestOf(task, new Set(cut), store)
  return { base: generation === 0 ? null : digest, generation, adapterDigest: adapter, changedAt, current }
}

function newestOf(
  task: string | null,
  cut: ReadonlySet<string>,
  store: Pick<NodeStore, 'list'>,
): { readonly generation: number } {
  const generations = store
    .list('admitted')
    .filter(({ id, header }) => cut.has(id) && header.kind === 'adapter' && header.task === task)
    .map(({ header }) => header.generation)
  return { generation: Math.max(0, ...generations) }
}
