import { isDeepStrictEqual } from 'node:util'
import { PeermergeError } from '../../errors.ts'
import { charterDigest, mergeSpecOf, type Charter } from '../charter.ts'

/** A charter, and the earlier ones that it carries on. */
export interface AmendedTo {
  readonly charter: Charter
  readonly charterDigest: string
  readonly carried: { has(charter: string): boolean }
}

/**
 * Every round builds on the one before: an amendment in the middle may change nothing that a merge is a function of, nor let go of what
 * earlier rounds have merged.
 *
 * @throws PeermergeError ERR_ROUNDS_AMENDED
 */
export function assertRoundsGoOn(
  founding: Charter,
  { charter, charterDigest: digest, carried }: AmendedTo,
): void {
  const first = charterDigest(founding)
  if (digest === first || (mergeSpecOf(founding).staged ?? mergeSpecOf(charter).staged) === undefined) return
  const isSame = isDeepStrictEqual(mergeSpecOf(charter), mergeSpecOf(founding))
  if (isSame && carried.has(first)) return
  const what = isSame ? 'carries nothing over' : 'changes what a merge is a function of'
  const problem = `charter ${digest.slice(0, 12)} ${what}, and under the staged schedule every round builds on the one before; amend training, privacy, name or membership alone, with --carries contributions, or found another consortium`
  throw new PeermergeError('ERR_ROUNDS_AMENDED', problem, { charter: digest })
}
