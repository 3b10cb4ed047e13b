import { pairedTest } from '../publish-gate/paired-test.ts'
import type { SiteEffect } from './types.ts'

/**
 * What a site does to a merge, by the answers of the merge with it and of the one without on the same samples, 1 where they are right.
 *
 * `chance` is that of the one-sided sign test on the samples on which the two differ, to the side on which more of them lie.
 */
export function effectOf(
  withIt: Uint8Array,
  without: Uint8Array,
): Pick<SiteEffect, 'gained' | 'lost' | 'chance' | 'effect'> {
  const harm = pairedTest(without, withIt)
  const help = pairedTest(withIt, without)
  const { gained, lost } = harm
  const effect = harm.isWorse ? 'harms' : help.isWorse ? 'helps' : 'unclear'
  return { gained, lost, chance: lost > gained ? harm.chance : help.chance, effect }
}
