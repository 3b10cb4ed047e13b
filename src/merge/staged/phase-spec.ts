import { without } from '../without.ts'
import { MergeSpecError } from '../errors.ts'
import type { LoraSpec, MergeSpec } from '../types.ts'
import type { PhaseGrams, StagedPhase } from './phase.ts'

/**
 * By what a round's contributions are checked: `validateMergeSpec`, `validateHeader` with `phaseFrozenDigest`, `validatePayload`. They
 * are merged by `mergeRound`, not by this spec alone: it knows of the frozen factor's seed, not of what earlier rounds have made of it.
 *
 * @param spec - of the consortium, whose adapter is lora that trains 'AB'
 * @throws MergeSpecError - another adapter
 */
export function phaseSpec(spec: MergeSpec, phase: StagedPhase, grams: PhaseGrams): MergeSpec {
  const adapter = { ...stagedAdapter(spec), trains: phase }
  return { ...without(spec, 'staged'), adapter, rule: 'lorm', grams: grams[phase] }
}

/** @throws MergeSpecError - factors that take turns are those of lora that trains 'AB' */
export function stagedAdapter({ adapter }: Pick<MergeSpec, 'adapter'>): LoraSpec {
  if (adapter.kind === 'lora' && adapter.trains === 'AB') return adapter
  const problem = "rounds of B and A need an adapter of kind 'lora' that trains 'AB'"
  throw new MergeSpecError('adapter', problem, { adapter })
}
