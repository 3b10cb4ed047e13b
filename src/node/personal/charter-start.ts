import { mergeContributions } from '../../merge/index.ts'
import type { ModelState } from '../../training/index.ts'
import type { FittedSite } from '../fit-site.ts'

/** What every site of a charter starts from: an adapter that adds nothing, a classifier of zeros. */
export function charterStart({
  spec,
  charterDigest,
}: Pick<FittedSite, 'spec' | 'charterDigest'>): ModelState {
  const { adapter, classifier } = mergeContributions(spec, { charter: charterDigest }, [])
  return { adapter, classifier }
}
