import {
  spawnTrainer,
  type ModelState,
  type SiteSummary,
  type SiteTrainer,
  type TrainProgress,
  type WorkOptions,
} from '../training/index.ts'
import { analyticClassifier } from './analytic-classifier.ts'
import { writeFileAtomic } from './atomic-file.ts'
import type { Charter } from './charter.ts'
import { charterBackbone } from './find-backbone.ts'
import { readHomeRules } from './home-ledger.ts'
import { lockHome } from './home-lock.ts'
import { readConfig, type HomePaths } from './home.ts'
import { modelMetadata, stateBytes } from './merge-files.ts'
import { trainerInit, trainOptions } from './site-trainer.ts'
import { readState } from './state-file.ts'

export interface SoloOptions {
  /** State file to write. */
  readonly out: string
  /** State that training starts from. @default the charter's start */
  readonly state?: string | undefined
  /** Replaces the epochs of charter and settings. */
  readonly epochs?: number | undefined
  /** End when the held-out loss has not fallen for so many epochs, and keep the best. */
  readonly patience?: number | undefined
  readonly seed: string
  readonly signal: AbortSignal
  /** Where a backbone that has to be fetched says how far it is. @default nowhere */
  readonly progress?: NodeJS.WriteStream | undefined
  readonly onProgress: (progress: TrainProgress) => void
  readonly onSite: (site: SiteSummary) => void
}

/** Shares of right answers on the held-out samples; null where none are held out. */
export interface SoloReport {
  readonly out: string
  readonly trainSamples: number
  readonly heldOutSamples: number
  readonly epochs: number
  readonly bestEpoch: number
  readonly accuracy: {
    /** The backbone as it is, under the analytic classifier of the training samples. */
    readonly frozen: number | null
    /** Adapter and classifier as they were trained. */
    readonly trained: number | null
    /** The trained adapter under the analytic classifier of the training samples. */
    readonly analytic: number | null
  }
}

/**
 * Trains a site's model on its own samples, without any network, and compares it with the frozen backbone. What is written has the
 * classifier that the charter's rule gives. A run that was stopped goes on where it was when it is asked for again.
 *
 * @throws HomeLockedError - a node runs this home; InvalidFileError, BackboneError, DatasetError, DivergedError
 */
export async function trainAlone(paths: HomePaths, options: SoloOptions): Promise<SoloReport> {
  const lock = await lockHome(paths.root, paths.lock)
  try {
    return await trainLocked(paths, options)
  } finally {
    await lock.release()
  }
}

async function trainLocked(paths: HomePaths, options: SoloOptions): Promise<SoloReport> {
  const { charter, spec } = (await readHomeRules(paths)).rules
  const settings = await readConfig(paths)
  const { signal, onProgress, out } = options
  const backbone = await charterBackbone(charter, settings.backbone, options)
  const config = { ...settings, backbone }
  const from = options.state === undefined ? null : await readState(spec, options.state)
  await using client = spawnTrainer()
  const trainer = await client.open(trainerInit(charter, config, spec), { signal, onProgress })
  const site = trainer.sites[0]!
  options.onSite(site)

  const training = trainer.train(from, soloTraining(options, trainOptions(charter, config, options.seed)), {
    signal,
    checkpoint: { file: paths.checkpoint },
  })
  let step = await training.next()
  for (; !step.done; step = await training.next()) onProgress(step.value)
  const { state, epochs, bestEpoch } = step.value

  const { accuracy, analytic } = await compare(trainer, charter, state, { signal, onProgress })
  const isAnalytic = charter.classifier.rule === 'analytic' && charter.classifier.features === 'merged'
  const metadata = { format: 'peermerge-state-1', ...modelMetadata(spec.adapter, spec) }
  await writeFileAtomic(out, stateBytes(isAnalytic ? analytic : state, metadata))
  const [trainSamples, heldOutSamples] = [site.train.count, site.heldOut.count]
  return { out, trainSamples, heldOutSamples, epochs: epochs.length, bestEpoch, accuracy }
}

async function compare(
  trainer: SiteTrainer,
  charter: Charter,
  state: ModelState,
  work: WorkOptions,
): Promise<{ accuracy: SoloReport['accuracy']; analytic: ModelState }> {
  const frozen = { adapter: null, classifier: await analyticClassifier(trainer, charter, null, work) }
  const classifier = await analyticClassifier(trainer, charter, state.adapter, work)
  const analytic = { adapter: state.adapter, classifier }
  const results = await trainer.evaluate([frozen, state, analytic], 'heldOut', work)
  const shares = results.map(({ correct, count }) => (count === 0 ? null : correct / count))
  return { accuracy: { frozen: shares[0]!, trained: shares[1]!, analytic: shares[2]! }, analytic }
}

function soloTraining(
  { epochs, patience }: SoloOptions,
  options: ReturnType<typeof trainOptions>,
): ReturnType<typeof trainOptions> {
  return {
    ...options,
    ...(epochs !== undefined && { epochs }),
    ...(patience !== undefined && { earlyStopping: { patience } }),
  }
}
