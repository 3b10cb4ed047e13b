import { spawnTrainer, type SiteTrainer, type WorkOptions } from '../training/index.ts'
import type { MergeSpec } from '../merge/index.ts'
import type { Charter } from './charter.ts'
import { charterBackbone, type FetchContext } from './find-backbone.ts'
import { readConfig, type HomePaths } from './home.ts'
import { trainerInit } from './site-trainer.ts'

/** What ends the work, and where it says how far it is. */
export type TrainerWork = FetchContext & Pick<WorkOptions, 'signal' | 'onProgress'>

/**
 * Opens a trainer over a home's own samples, in a process of its own, for as long as the job takes. Takes no lock: a node may run there.
 *
 * @throws InvalidFileError, BackboneError, DatasetError, HubError; PeermergeError ERR_WRONG_BACKBONE
 */
export async function withHomeTrainer<T>(
  paths: HomePaths,
  { charter, spec }: { readonly charter: Charter; readonly spec: MergeSpec },
  { progress, ...work }: TrainerWork,
  job: (trainer: SiteTrainer, work: WorkOptions) => Promise<T>,
): Promise<T> {
  const settings = await readConfig(paths)
  const backbone = await charterBackbone(charter, settings.backbone, { signal: work.signal, progress })
  await using client = spawnTrainer()
  const trainer = await client.open(trainerInit(charter, { ...settings, backbone }, spec), work)
  return await job(trainer, work)
}
