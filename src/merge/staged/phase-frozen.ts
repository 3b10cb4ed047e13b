import { frozenName } from '../adapters/frozen-factors.ts'
import { MergeSpecError } from '../errors.ts'
import { digestWriter } from '../format/digest-writer.ts'
import type { MergeSpec, TensorMap } from '../types.ts'
import { frozenFactor, type StagedPhase } from './phase.ts'

/** What a round leaves as it is, by the names of frozen factors; `state` has both factors by their wire names. */
export function phaseFrozen(
  { modules }: Pick<MergeSpec, 'modules'>,
  phase: StagedPhase,
  state: TensorMap,
): TensorMap {
  const factor = frozenFactor(phase)
  return new Map(
    modules.map(({ name }) => {
      const tensor = state.get(`adapter/${name}/${factor}`)
      if (tensor === undefined) throw new MergeSpecError('modules', `the state has no ${factor} of ${name}`)
      return [frozenName(name, factor), tensor]
    }),
  )
}

/**
 * The digest that the headers of a round carry as `frozen`: of the factor as it is now, not as it was drawn. In the first round of a task
 * it is that of the task's seeded A, `frozenDigest`.
 */
export function phaseFrozenDigest(
  spec: Pick<MergeSpec, 'modules'>,
  phase: StagedPhase,
  state: TensorMap,
): string {
  return digestWriter('peermerge/frozen/1')
    .tensors(phaseFrozen(spec, phase, state))
    .digest()
}
