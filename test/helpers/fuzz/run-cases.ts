import { createRandom, type Random } from '../../../src/merge/index.ts'

export interface FuzzOptions {
  readonly target: string
  readonly cases: number
  readonly seed: string
  /** Only this case, to look at a failure. */
  readonly only?: number | undefined
}

export interface FuzzReport {
  /** How often each outcome was seen. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly slowestMs: number
}

/** Longer than a pause of the garbage collector on a busy machine, far shorter than a hang. */
const MAX_CASE_MS = 5_000
/** Of one case and of all together, over what the process had before. */
const MAX_GROWTH_BYTES = 400 * 1024 * 1024

/**
 * Runs one case after the other, each from a generator of its own, so that any can be run again alone. A failure names target,
 * seed and case; so do a case that takes too long and one that makes the process grow.
 */
export async function runCases(
  { target, cases, seed, only }: FuzzOptions,
  run: (random: Random, index: number) => Promise<string> | string,
): Promise<FuzzReport> {
  // prettier-ignore
  const outcomes = new Map<string, number>()
  const before = peakBytes()
  let slowestMs = 0
  for (let index = only ?? 0; index < (only === undefined ? cases : only + 1); index++) {
    const name = `PEERMERGE_FUZZ_SEED=${seed} PEERMERGE_FUZZ_CASE=${index} of ${target}`
    const start = performance.now()
    const outcome = await guarded(name, () => run(createRandom(`${seed}/${target}/${index}`), index))
    const took = performance.now() - start
    if (took > MAX_CASE_MS) throw new Error(`${name}: took ${took.toFixed(0)} ms`)
    if (peakBytes() - before > MAX_GROWTH_BYTES) throw new Error(`${name}: the process has grown by ${((peakBytes() - before) / 2 ** 20).toFixed(0)} MiB`) // prettier-ignore
    slowestMs = Math.max(slowestMs, took)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return { outcomes, slowestMs }
}

async function guarded(name: string, run: () => Promise<string> | string): Promise<string> {
  try {
    return await run()
  } catch (cause) {
    throw new Error(`${name}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`, { cause }) // prettier-ignore
  }
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024
}

export function fuzzSettings(cases: number): Pick<FuzzOptions, 'cases' | 'seed' | 'only'> {
  const { PEERMERGE_FUZZ_SEED: seed, PEERMERGE_FUZZ_CASES: many, PEERMERGE_FUZZ_CASE: only } = process.env
  return { seed: seed ?? 'peermerge', cases: many === undefined ? cases : Number(many), only: only === undefined ? undefined : Number(only) } // prettier-ignore
}
