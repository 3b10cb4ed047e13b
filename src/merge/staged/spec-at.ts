import type { RoundTerms } from '../admit/validate-header.ts'
import type { MergeSpec } from '../types.ts'
import { phaseSpec } from './phase-spec.ts'
import { stagedOf } from './staged-chain.ts'

/** By what a contribution is checked: one to a round by the spec of its phase. Grams at the end of a task are those of an A-round. */
export function specAt(spec: MergeSpec, at: Pick<RoundTerms, 'phase'> | undefined): MergeSpec {
  if (at === undefined) return spec
  return phaseSpec(spec, at.phase === 'B' ? 'B' : 'A', stagedOf(spec).grams)
}
