import { LIARS } from './liars.ts'
import { Scheduler } from './scheduler.ts'

/** Something that befalls nodes of the run, by their places. */
export type Fault =
  | { readonly kind: 'publish'; readonly node: number }
  | {
      readonly kind: 'stop' | 'kill' | 'power-cut'
      readonly node: number
      readonly downMs: number
      readonly moves: boolean
    }
  | { readonly kind: 'restore'; readonly node: number; readonly downMs: number }
  | { readonly kind: 'backup'; readonly node: number }
  | { readonly kind: 'freeze'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'break'; readonly a: number; readonly b: number }
  | { readonly kind: 'cut' | 'silence'; readonly a: number; readonly b: number; readonly forMs: number }
  | {
      readonly kind: 'partition'
      readonly side: readonly number[]
      readonly forMs: number
      readonly isSilent: boolean
    }
  | {
      readonly kind: 'weather'
      readonly latencyMs: number
      readonly jitter: number
      readonly gossipLoss: number
    }

export type TimedFault = Fault & { readonly at: number }

export interface PlannedNode {
  readonly isReachable: boolean
  readonly lagMs: number
  readonly clockRate: number
  /** Name in `LIARS`; null for an honest one. */
  readonly liar: string | null
  /** Strangers are no members, and think that everyone is. */
  readonly isMember: boolean
}

export interface Plan {
  readonly nodes: readonly PlannedNode[]
  readonly faults: readonly TimedFault[]
  readonly activeMs: number
  /** Payloads of several chunks; such runs take longer. */
  readonly isLarge: boolean
}

const HOUR_MS = 3_600_000
const LARGE_SHARE = 0.03
const MAX_DOWN_MS = 30_000

/** Everything that will happen in a run, from its seed. Shrinking takes faults away, and the rest stays as it was. */
export function planOf(seed: string): Plan {
  const dice = new Scheduler(`plan ${seed}`)
  const activeMs = dice.between(8_000, 45_000)
  const nodes = plannedNodes(dice)
  const count = 3 + dice.below(18)
  const faults = Array.from({ length: count }, () => ({
    at: dice.between(0, activeMs),
    ...fault(dice, nodes.length),
  }))
  return { nodes, activeMs, isLarge: dice.chance(LARGE_SHARE), faults: faults.sort((a, b) => a.at - b.at) }
}

/** Honest nodes that publish and suffer for a long time: so many faults an hour, of all kinds, a quarter of them contributions. */
export function soakPlan(seed: string, nodes: number, hours: number, faultsPerHour: number): Plan {
  const dice = new Scheduler(`soak ${seed}`)
  const activeMs = hours * HOUR_MS
  const faults = Array.from({ length: hours * faultsPerHour }, () => ({
    at: dice.between(0, activeMs),
    ...fault(dice, nodes),
  }))
  const node = { isReachable: true, lagMs: 0, clockRate: 1, liar: null, isMember: true }
  return {
    nodes: Array.from({ length: nodes }, (_, i) => ({ ...node, isReachable: i < 2 || !dice.chance(0.2) })),
    faults: faults.sort((a, b) => a.at - b.at),
    activeMs,
    isLarge: false,
  }
}

/** The first two are honest, can be reached and stay where they are: the others find the consortium through them. */
function plannedNodes(dice: Scheduler): PlannedNode[] {
  const honest = 3 + dice.below(3)
  const liars = dice.chance(0.6) ? 1 + dice.below(2) : 0
  const names = Object.keys(LIARS)
  return Array.from({ length: honest + liars }, (_, i) => {
    const isLiar = i >= honest
    return {
      isReachable: i < 2 || !dice.chance(0.3),
      lagMs: dice.chance(0.15) ? dice.between(20, 300) : 0,
      clockRate: dice.chance(0.3) ? dice.between(0.9, 1.1) : 1,
      liar: isLiar ? dice.pick(names) : null,
      isMember: !isLiar || !dice.chance(0.15),
    }
  })
}

function fault(dice: Scheduler, count: number): Fault {
  const node = dice.below(count)
  const other = (node + 1 + dice.below(count - 1)) % count
  const downMs = dice.between(200, MAX_DOWN_MS)
  const forMs = dice.between(500, MAX_DOWN_MS)
  const kinds: (() => Fault)[] = [
    () => ({ kind: 'publish', node }),
    () => ({ kind: 'publish', node }),
    () => ({ kind: 'publish', node }),
    () => ({
      kind: dice.pick(['stop', 'kill', 'power-cut'] as const),
      node,
      downMs,
      moves: node >= 2 && dice.chance(0.2),
    }),
    () => ({ kind: 'kill', node, downMs, moves: false }),
    () => ({ kind: 'backup', node }),
    () => ({ kind: 'restore', node, downMs }),
    () => ({ kind: 'freeze', node, forMs }),
    () => ({ kind: 'break', a: node, b: other }),
    () => ({ kind: dice.pick(['cut', 'silence'] as const), a: node, b: other, forMs }),
    () => ({ kind: 'partition', side: side(dice, count), forMs, isSilent: dice.chance(0.5) }),
    () => ({
      kind: 'weather',
      latencyMs: dice.between(0.2, 120),
      jitter: dice.between(1, 10),
      gossipLoss: dice.pick([0, 0, 0.1, 0.5, 1]),
    }),
  ]
  return dice.pick(kinds)()
}

function side(dice: Scheduler, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter(() => dice.chance(0.5))
}
