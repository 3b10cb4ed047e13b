import { eachAdds, memorySource, openContribution, type Addition } from '../merge/index.ts'
import type { WorkOptions } from '../training/index.ts'
import { withHomeTrainer } from './home-trainer.ts'
import type { HomePaths } from './home.ts'
import type { OfflineMerge } from './offline.ts'

/** What a contribution added, and where there are data, how good the merge was with it on a site's held-out samples. */
export interface ScoredAddition extends Omit<Addition, 'result'> {
  /** Digest of the merge with it. */
  readonly merge: string
  /** Share of the held-out samples that are right; null where none are held out or no home is named. */
  readonly accuracy: number | null
}

/**
 * What each adapter contribution added to a merge, in order.
 *
 * @param home - whose data to evaluate with
 * @throws BackboneError, DatasetError, InvalidFileError - of the home's settings
 */
export async function whatEachAdds(
  merge: Pick<OfflineMerge, 'spec' | 'contributions' | 'rules'>,
  home: HomePaths | undefined,
  work: WorkOptions,
): Promise<readonly ScoredAddition[]> {
  const { spec, contributions, rules } = merge
  const views = contributions.map(({ id, header, payload }) =>
    openContribution(id, header, memorySource(payload)),
  )
  const context = { charter: rules.charterDigest, carried: [...rules.carried.keys()] }
  const additions = [...eachAdds(spec, context, views)]
  const accuracies = home === undefined ? [] : await accuraciesOf(additions, rules, home, work)
  return additions.map(({ result, ...said }, i) => ({ ...said, merge: result.digests.merge, accuracy: accuracies[i] ?? null })) // prettier-ignore
}

async function accuraciesOf(
  additions: readonly Addition[],
  rules: OfflineMerge['rules'],
  home: HomePaths,
  work: WorkOptions,
): Promise<readonly (number | null)[]> {
  const models = additions.map(({ result: { adapter, adapterSpec, classifier } }) => ({ adapter, adapterSpec, classifier })) // prettier-ignore
  const results = await withHomeTrainer(home, rules, work, (trainer) => trainer.evaluate(models, 'heldOut', work)) // prettier-ignore
  return results.map(({ correct, count }) => (count === 0 ? null : correct / count))
}
