import { hasSpread, isSame, missing, violations } from './invariants.ts'
import { planOf, type Plan } from './plan.ts'
import { Simulation, type SimulationOptions } from './simulation.ts'

/** After healing, all must have all within this; the longest waits are a redial (45 s) and a held judgement (90 s). */
const SPREAD_MS = 180_000
/** And, once the liars are gone, have admitted the same. */
const SAME_MS = 120_000
/** One run in so many is merged for real at every node. */
const MERGED_SHARE = 10

export interface RunReport {
  readonly seed: string
  /** Empty if all held. */
  readonly violations: readonly string[]
  readonly history: string
  readonly events: number
  readonly virtualMs: number
  readonly admitted: number
}

/** One run: faults, healing, and whether everything holds that must. */
export async function runSeed(
  seed: string,
  options: SimulationOptions & { readonly plan?: Plan } = {},
): Promise<RunReport> {
  const simulation = await Simulation.create(seed, options.plan ?? planOf(seed), options)
  const { scheduler } = simulation
  simulation.start()
  await scheduler.runUntil(simulation.plan.activeMs)
  simulation.heal()
  const published = (): boolean => scheduler.now > healedAt + 10_000
  const healedAt = scheduler.now
  await scheduler.runUntil(
    healedAt + SPREAD_MS,
    every(2_000, scheduler, () => published() && hasSpread(simulation)),
  )
  const lost = missing(simulation)
  await simulation.silenceLiars()
  await scheduler.runUntil(
    scheduler.now + SAME_MS,
    every(2_000, scheduler, () => isSettled(simulation)),
  )
  const found = [
    ...lost,
    ...(isSame(simulation) ? [] : ['honest nodes have not admitted the same']),
    ...violations(simulation),
    ...(isMerged(seed) ? differentMerges(simulation) : []),
  ]
  const admitted = simulation.honest[0]!.admitted().length
  simulation.end()
  return {
    seed,
    violations: found,
    history: scheduler.digest(),
    events: scheduler.events,
    virtualMs: scheduler.now,
    admitted,
  }
}

function isSettled(simulation: Simulation): boolean {
  return isSame(simulation) && violations(simulation).length === 0
}

/** Asks again only when some virtual time has passed. */
function every(ms: number, scheduler: { readonly now: number }, ask: () => boolean): () => boolean {
  let next = 0
  return () => {
    if (scheduler.now < next) return false
    next = scheduler.now + ms
    return ask()
  }
}

function isMerged(seed: string): boolean {
  return Number.parseInt(seed, 10) % MERGED_SHARE === 0
}

function differentMerges({ honest, consortium }: Simulation): string[] {
  const digests = honest.map(({ run, disk }) => {
    const contributions = run?.store.list('admitted') ?? []
    return contributions.length === 0 ? 'nothing' : consortium.merge(contributions, disk.chunks).digests.merge
  })
  return new Set(digests).size === 1 ? [] : [`merges differ: ${digests.join(', ')}`]
}

/** The command that runs a seed again and says what happens in it. */
export function replayLine(seed: string): string {
  return `npm run simulate -- --seed ${seed} --runs 1 --verbose`
}
