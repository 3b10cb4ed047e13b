import { createRandom, type Random } from '../../../src/merge/index.ts'

/** One thing that is done to a swarm, and for how long until it is undone. Sites are counted, as names are not known when it is planned. */
export type PlannedFault =
  | {
      readonly kind: 'kill' | 'pause' | 'restart'
      readonly victims: readonly number[]
      readonly lastsMs: number
    }
  | { readonly kind: 'slow'; readonly victims: readonly number[]; readonly lastsMs: number; readonly delayMs: number; readonly bytesPerSecond: number } // prettier-ignore
  /** Those named are cut off from the others, together. */
  | { readonly kind: 'partition'; readonly victims: readonly number[]; readonly lastsMs: number }
  /** A site comes that was not there before. */
  | { readonly kind: 'add'; readonly victims: readonly []; readonly lastsMs: 0 }

export interface PlanOptions {
  readonly seed: string
  readonly faults: number
  /** Sites at the beginning; each `add` makes it one more. */
  readonly sites: number
  readonly mostAdded: number
}

const KINDS = ['kill', 'pause', 'partition', 'slow', 'restart', 'add'] as const

/** A seed has one plan. All kinds come before one comes again, and never are so many hit that nobody is left to go on. */
export function planFaults({ seed, faults, sites, mostAdded }: PlanOptions): PlannedFault[] {
  const random = createRandom(`chaos/${seed}`)
  const plan: PlannedFault[] = []
  let there = sites
  let turn: (typeof KINDS)[number][] = []
  while (plan.length < faults) {
    if (turn.length === 0) turn = shuffle(random, KINDS)
    const kind = turn.pop()!
    if (kind === 'add' && there - sites >= mostAdded) continue
    plan.push(faultOf(kind, there, random))
    if (kind === 'add') there++
  }
  return plan
}

function faultOf(kind: (typeof KINDS)[number], sites: number, random: Random): PlannedFault {
  const lastsMs = between(random, 5_000, 20_000)
  const most = Math.max(1, Math.floor((sites - 1) / 2))
  const victims = shuffle(random, Array.from({ length: sites }, (_, site) => site)).slice(0, between(random, 1, most)) // prettier-ignore
  switch (kind) {
    case 'add':
      return { kind, victims: [], lastsMs: 0 }
    case 'slow':
      return { kind, victims: victims.slice(0, 1), lastsMs, delayMs: between(random, 100, 1_500), bytesPerSecond: between(random, 8, 128) * 1024 } // prettier-ignore
    case 'restart':
      return { kind, victims: victims.slice(0, 1), lastsMs: 0 }
    case 'kill':
    case 'pause':
    case 'partition':
      return { kind, victims: victims.sort((a, b) => a - b), lastsMs }
  }
}

/** Whole numbers, both ends included. */
function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random.uniform() * (most - least + 1))
}

function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const shuffled = [...items]
  for (let at = shuffled.length - 1; at > 0; at--) {
    const other = between(random, 0, at)
    ;[shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!]
  }
  return shuffled
}
