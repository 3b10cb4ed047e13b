import { eachAdds, memorySource, openContribution, type Addition } from '../merge/index.ts'
import { spawnTrainer, type WorkOptions } from '../training/index.ts'
import { charterBackbone } from './find-backbone.ts'
import { readConfig, type HomePaths } from './home.ts'
import type { OfflineMerge } from './offline.ts'
import { trainerInit } from './site-trainer.ts'

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
  { charter, spec }: OfflineMerge['rules'],
  home: HomePaths,
  work: WorkOptions,
): Promise<readonly (number | null)[]> {
  const settings = await readConfig(home)
  const config = { ...settings, backbone: await charterBackbone(charter, settings.backbone, work) }
  await using client = spawnTrainer()
  const trainer = await client.open(trainerInit(charter, config, spec), work)
  const models = additions.map(({ result: { adapter, adapterSpec, classifier } }) => ({ adapter, adapterSpec, classifier })) // prettier-ignore
  const results = await trainer.evaluate(models, 'heldOut', work)
  return results.map(({ correct, count }) => (count === 0 ? null : correct / count))
}
