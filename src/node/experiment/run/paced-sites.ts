import type { Random } from '../../../merge/index.ts'
import { nextAction, type Decision, type MemberFacts, type Pacing } from '../../schedule/schedule.ts'

/** A site of a mean pace takes so long for a contribution; patience is half of that, so that the fast go on without the slow. */
const MEAN_MS = 60_000

/** Spread of the sites' paces: the logarithm's standard deviation. */
const SPREAD = 0.7

export interface PacedInit {
  /** Contributions of each site: none where it has no samples. */
  readonly contributions: readonly number[]
  readonly random: Random
  /** Is gone once it has contributed for the first time. */
  readonly dying?: number | undefined
}

/** A contribution that begins on the merge of what has arrived, or is done. */
export interface PacedEvent {
  readonly kind: 'begins' | 'ends'
  readonly site: number
  readonly generation: number
}

interface PacedSite extends MemberFacts {
  readonly index: number
  readonly wanted: number
  readonly pace: number
  readonly since: number
  /** When what is being trained will be done, and its generation. */
  readonly training?: { readonly until: number; readonly generation: number } | undefined
}

/**
 * Who trains when, under the continuous schedule, on a simulated clock: every site asks the schedule what to do, as a node does, and takes as long for a
 * contribution as its pace says, times an exponential draw of mean 1.
 */
export function* pacedSites({ contributions, random, dying }: PacedInit): Generator<PacedEvent> {
  let sites = contributions.map((wanted, index) => newSite(index, wanted, random))
  const change = (index: number, what: Partial<PacedSite>): void => {
    sites = sites.map((site) => (site.index === index ? { ...site, ...what } : site))
  }
  for (let now = 0; ;) {
    const waits: number[] = []
    for (const { index } of sites) {
      const site = sites[index]!
      if (!site.connected || site.training !== undefined || site.adapters === site.wanted) continue
      const decision = decide(site, sites, now)
      if (decision.kind === 'wait' && decision.until !== null) waits.push(decision.until)
      if (decision.kind !== 'train') continue
      const { generation } = decision
      change(index, { training: { until: now + site.pace * exponential(random), generation } })
      yield { kind: 'begins', site: index, generation }
    }
    const busy = sites.filter(({ training }) => training !== undefined)
    const next = Math.min(...waits, ...busy.map(({ training }) => training!.until))
    if (next === Infinity) return
    now = next
    for (const { index, training, adapters } of busy) {
      if (training!.until > now) continue
      const { generation } = training!
      const connected = index !== dying
      change(index, { training: undefined, adapters: adapters + 1, generation, since: now, connected })
      yield { kind: 'ends', site: index, generation }
    }
  }
}

function newSite(index: number, wanted: number, random: Random): PacedSite {
  const pace = MEAN_MS * Math.exp(SPREAD * random.normal())
  return { index, id: `${index}`, name: `site ${index}`, connected: true, adapters: 0, generation: 0, wanted, pace, since: 0 } // prettier-ignore
}

function decide(own: PacedSite, sites: readonly PacedSite[], now: number): Decision {
  const generation = Math.max(0, ...sites.map((site) => site.generation))
  const pacing: Pacing = { contributionsPerTask: own.wanted, waitFor: 'connected', patienceMs: MEAN_MS / 2, maxStatistics: 0 } // prettier-ignore
  return nextAction({
    now,
    since: own.since,
    settleUntil: null,
    pacing,
    classifier: { rule: 'counts' },
    own: { adapters: own.adapters, generation: own.generation, anchors: [], statisticsRefused: null, stuck: null },
    others: sites.filter((site) => site.index !== own.index && site.wanted > 0),
    merge: { base: generation === 0 ? null : String(generation), generation, adapterDigest: '', changedAt: now, current: true },
  }) // prettier-ignore
}

function exponential(random: Random): number {
  return -Math.log(1 - random.uniform())
}
