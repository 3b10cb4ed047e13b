import { sha256Hex } from '../../merge/index.ts'
import { methodNamed } from './methods/method-table.ts'
import type { ExperimentSpec } from './spec-schema.ts'
import type { SplitName } from './split.ts'
import type { PlannedRun } from './types.ts'

/**
 * Every run of an experiment, the most telling first: one seed of all methods and splits before the next seed. What does not depend on how
 * samples are split has one id for all splits, and is made once.
 */
export function planRuns(spec: ExperimentSpec): readonly PlannedRun[] {
  const seeds = Array.from({ length: spec.seeds }, (_, i) => i + 1)
  return seeds.flatMap((seed) =>
    splitNames(spec).flatMap((split) =>
      spec.methods.map((method) => ({ id: runId(spec, method, split, seed), method, split, seed })),
    ),
  )
}

export function splitNames({ splits }: Pick<ExperimentSpec, 'splits'>): readonly SplitName[] {
  return splits.map((split): SplitName => (split === 'domain' ? split : `${split}`))
}

/** What does not change a run's numbers: how many others there are, and what they are compared with. */
const OF_THE_TABLE = new Set(['name', 'methods', 'splits', 'seeds', 'reference'])

/** How samples are dealt to sites changes no number of these. */
const WHATEVER_THE_SPLIT: ReadonlySet<string | undefined> = new Set(['pooled', 'frozen'])

/** Sixteen hex digits of all that decides a run, so that a record is kept for exactly as long as it would come out again. */
export function runId(spec: ExperimentSpec, method: string, split: SplitName, seed: number): string {
  const settings = Object.entries(spec).filter(([name]) => !OF_THE_TABLE.has(name))
  const known = methodNamed(method)
  const said = { v: 2, settings: Object.fromEntries(settings.sort(([a], [b]) => (a < b ? -1 : 1))), method: known, split: WHATEVER_THE_SPLIT.has(known?.strategy) ? null : split, seed } // prettier-ignore
  return sha256Hex(new TextEncoder().encode(JSON.stringify(said))).slice(0, 16)
}
