import type { ClassifierRule } from '../../merge/index.ts'

/** What a site knows of a member when it decides what to do next. */
export interface MemberFacts {
  readonly id: string
  readonly name: string
  readonly connected: boolean
  /** Admitted adapter contributions of this member, and the highest generation among them (0 for none). */
  readonly adapters: number
  readonly generation: number
}

/** The newest merge; `current` says that it covers everything admitted so far. */
export interface MergeFacts {
  /** Digest of the merge; null while it holds no adapter contribution. */
  readonly base: string | null
  /** Highest generation among the adapter contributions in it. */
  readonly generation: number
  readonly adapterDigest: string
  /** When the merged adapter last changed. */
  readonly changedAt: number
  readonly current: boolean
}

export interface Pacing {
  readonly contributionsPerTask: number
  readonly waitFor: 'connected' | 'all'
  readonly patienceMs: number
  /** Statistics that a site publishes at most for the anchor that keeps moving. */
  readonly maxStatistics: number
}

/** Everything that the next action in one task depends on. */
export interface ScheduleFacts {
  /** Null for the charter's own classes. @default null */
  readonly task?: string | null
  /** Publishes nothing: `adapters` and `generation` of `own` are those of the model that it keeps to itself, if it has one. @default false */
  readonly listens?: boolean
  /**
   * Contributions of others that count, where this site's own model has not met all of them, as far as that is known before the merge is
   * current; undefined where it has, or there is no such model.
   */
  readonly unmet?: readonly string[] | undefined
  /** Why no adapter is trained in it. @default one is */
  readonly untrained?: string
  readonly now: number
  /** When this site last published, or started. Patience counts from here. */
  readonly since: number
  /** Until when to wait for a first exchange with a peer; null when there was one or nobody to wait for. */
  readonly settleUntil: number | null
  /** The members have agreed on a charter under which nothing counts that this site would make. @default it counts */
  readonly charterEnded?: boolean
  readonly pacing: Pacing
  readonly classifier: ClassifierRule
  readonly own: {
    readonly adapters: number
    readonly generation: number
    /** Anchors of own statistics; null stands for the frozen backbone. */
    readonly anchors: readonly (string | null)[]
    /** Statistics cannot be published (site policy); the reason. */
    readonly statisticsRefused: string | null
    /** An action that has failed on this merge or anchor and would fail again. */
    readonly stuck: {
      readonly action: 'train' | 'measure'
      readonly on: string | null
      readonly reason: string
    } | null
  }
  /** Those who take part in the task, without this site. */
  readonly others: readonly MemberFacts[]
  readonly merge: MergeFacts
}

/** What to do next. A `wait` ends when the facts change, at the latest at `until`; where it `rests`, that may take days. */
export type Decision =
  /** Reads the site's data, to know of which classes it has samples. */
  | { readonly kind: 'look'; readonly text: string }
  | {
      readonly kind: 'train'
      readonly text: string
      readonly task: string | null
      readonly generation: number
      readonly base: string | null
    }
  | {
      readonly kind: 'measure'
      readonly text: string
      readonly task: string | null
      readonly anchor: string | null
    }
  /** Goes on with this site's own model beside what others have published since. */
  | { readonly kind: 'renew'; readonly text: string; readonly others: readonly string[] }
  | {
      readonly kind: 'wait'
      readonly text: string
      readonly waitingFor: readonly string[]
      readonly until: number | null
      readonly rests?: boolean
    }
  /** What a person has released from the outbox. */
  | { readonly kind: 'publish'; readonly text: string; readonly id: string }
  | { readonly kind: 'stuck'; readonly text: string }
  | { readonly kind: 'idle'; readonly text: string }

/**
 * The continuous schedule in one task: a function from facts to the next action, with no clock, no barrier and no leader.
 *
 * A site trains its contributions one after another, each on the newest merge. Between two of them it waits until every
 * member it waits for has contributed at its own generation, or its patience is over. When all are published, and those of the
 * others too, it measures the classifier's statistics under the merged adapter, and again when that adapter changes; and a site with a
 * model of its own renews it. One that only listens makes nothing but that model.
 */
export function nextAction(facts: ScheduleFacts): Decision {
  return (
    withoutUse(facts) ??
    settle(facts) ??
    measureFrozen(facts) ??
    trainNext(facts) ??
    measureMerged(facts) ??
    renewOwn(facts) ?? { kind: 'idle', text: idleText(facts) }
  )
}

const taskOf = ({ task = null }: ScheduleFacts): string | null => task

function withoutUse({ charterEnded }: ScheduleFacts): Decision | undefined {
  if (charterEnded !== true) return undefined
  const text = 'waiting for a charter that this site can go by: what it makes under its own counts no more'
  return { kind: 'wait', text, waitingFor: [], until: null }
}

function settle({ settleUntil, now }: ScheduleFacts): Decision | undefined {
  if (settleUntil === null || now >= settleUntil) return undefined
  return {
    kind: 'wait',
    text: 'waiting for a first exchange with a peer',
    waitingFor: [],
    until: settleUntil,
  }
}

function measureFrozen(facts: ScheduleFacts): Decision | undefined {
  const { classifier, own, listens } = facts
  if (listens === true || classifier.rule !== 'analytic' || classifier.features !== 'frozen') return undefined
  if (own.anchors.includes(null) || own.statisticsRefused !== null) return undefined
  if (own.stuck?.action === 'measure' && own.stuck.on === null) return undefined
  const text = 'measuring statistics of the frozen backbone'
  return { kind: 'measure', text, task: taskOf(facts), anchor: null }
}

function trainNext(facts: ScheduleFacts): Decision | undefined {
  const { own, pacing, merge } = facts
  if (own.adapters >= pacing.contributionsPerTask) return undefined
  const late = heldUpBy(facts, (member) => member.generation < own.generation)
  if (own.adapters > 0 && late.length > 0 && facts.now < facts.since + pacing.patienceMs) {
    return waitFor(late, `generation ${own.generation}`, facts.since + pacing.patienceMs)
  }
  if (!merge.current) return waitForMerge()
  if (own.stuck?.action === 'train' && own.stuck.on === merge.base) return stuck(own.stuck.reason)
  const generation = merge.generation + 1
  const what = facts.listens === true ? 'its own model, time' : 'contribution'
  const text = `training ${what} ${own.adapters + 1} of ${pacing.contributionsPerTask} (generation ${generation})`
  return { kind: 'train', text, task: taskOf(facts), generation, base: merge.base }
}

function measureMerged(facts: ScheduleFacts): Decision | undefined {
  const { classifier, own, merge, pacing, now, listens } = facts
  if (listens === true || classifier.rule !== 'analytic' || classifier.features !== 'merged') return undefined
  if (own.statisticsRefused !== null || own.anchors.length >= pacing.maxStatistics) return undefined
  if (merge.current && own.anchors.includes(merge.adapterDigest)) return undefined
  const late = heldUpBy(facts, () => true)
  const patience = measurePatience(facts)
  if (late.length > 0 && (patience === null || now < patience)) {
    return waitFor(late, `contribution ${pacing.contributionsPerTask}`, patience)
  }
  if (!merge.current) return waitForMerge()
  if (own.stuck?.action === 'measure' && own.stuck.on === merge.adapterDigest) return stuck(own.stuck.reason)
  const text = `measuring statistics under adapter ${merge.adapterDigest.slice(0, 12)}`
  return { kind: 'measure', text, task: taskOf(facts), anchor: merge.adapterDigest }
}

/** What others publish while this site is at rest is met at once where they have nothing left, else together. */
function renewOwn(facts: ScheduleFacts): Decision | undefined {
  const { unmet, merge, pacing, now, since } = facts
  if (unmet === undefined) return undefined
  if (!merge.current) return waitForMerge()
  const late = heldUpBy(facts, () => true)
  const until = Math.max(since, merge.changedAt) + pacing.patienceMs
  if (late.length > 0 && now < until) return waitFor(late, `contribution ${pacing.contributionsPerTask}`, until) // prettier-ignore
  return { kind: 'renew', text: 'renewing its own model beside what the others have published', others: unmet } // prettier-ignore
}

/**
 * Until when to wait for members with contributions left before measuring under an adapter that they will move again. The last
 * statistic that a site may publish is kept for the adapter that nobody is left to move: no end (null).
 */
function measurePatience({ own, merge, pacing, since }: ScheduleFacts): number | null {
  const isLast = own.anchors.length > 0 && own.anchors.length === pacing.maxStatistics - 1
  return isLast ? null : Math.max(since, merge.changedAt) + pacing.patienceMs
}

/** Members that are waited for, have contributions left, and are late by the given test. */
function heldUpBy(facts: ScheduleFacts, isLate: (member: MemberFacts) => boolean): readonly MemberFacts[] {
  const { pacing, others } = facts
  return others.filter(
    (member) =>
      (pacing.waitFor === 'all' || member.connected) &&
      member.adapters < pacing.contributionsPerTask &&
      isLate(member),
  )
}

function waitFor(late: readonly MemberFacts[], what: string, until: number | null): Decision {
  const waitingFor = late.map((member) => member.name)
  return { kind: 'wait', text: `waiting for: ${waitingFor.join(', ')} (${what})`, waitingFor, until }
}

function stuck(reason: string): Decision {
  return { kind: 'stuck', text: reason }
}

function waitForMerge(): Decision {
  return { kind: 'wait', text: 'waiting for the own merge of what has arrived', waitingFor: [], until: null }
}

function allPublished(count: number): string {
  return count === 1 ? 'the one contribution is published' : `all ${count} contributions published`
}

function idleText({ own, pacing, classifier, untrained, listens }: ScheduleFacts): string {
  if (listens === true) return untrained ?? `own model trained ${pacing.contributionsPerTask} times; this site only listens` // prettier-ignore
  const published = untrained ?? allPublished(pacing.contributionsPerTask)
  if (own.statisticsRefused !== null) return `${published}; no statistics (${own.statisticsRefused})`
  if (classifier.rule === 'analytic' && own.anchors.length >= pacing.maxStatistics) {
    return `${published}; statistics published ${own.anchors.length} times, the most allowed`
  }
  return published
}
