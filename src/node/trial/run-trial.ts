import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUILT_IN_BACKBONE } from '../../training/settings.ts'
import { prepareData } from '../experiment/data/prepare-data.ts'
import { executeRuns } from '../experiment/execute.ts'
import { ExperimentProgress } from '../experiment/experiment-progress.ts'
import { openGround } from '../experiment/run/open-ground.ts'
import { runTasks } from '../experiment/tasks.ts'
import type { PlannedRun, RunRecord } from '../experiment/types.ts'
import { findBackbone } from '../find-backbone.ts'
import { trialReport, type TrialReport } from './trial-report.ts'
import { trialSpec, TRIAL_METHODS, type TrialChoice } from './trial-spec.ts'

export interface TrialOptions extends TrialChoice {
  /** Of the split, the order of training and the frozen factors. */
  readonly seed: number
  readonly signal: AbortSignal
  readonly progress: NodeJS.WriteStream
}

/**
 * What a site would gain by a consortium, tried on its own samples: dealt to virtual sites, trained on by each alone, and merged in two ways,
 * by the engine of `peermerge experiment`. No home and no network; what is written is in a temporary directory, which is removed.
 *
 * @throws DataLayoutError, DatasetError, BackboneError, HubError; PeermergeError ERR_TRIAL, ERR_SPLIT
 */
export async function runTrial(options: TrialOptions): Promise<TrialReport> {
  const { signal, progress: stream } = options
  const { dir: backbone } = await findBackbone(options.backbone ?? BUILT_IN_BACKBONE, { signal, progress: stream }) // prettier-ignore
  const spec = await trialSpec({ ...options, backbone })
  const scratch = await mkdtemp(join(tmpdir(), 'peermerge-trial-'))
  try {
    const data = await prepareData(spec.data, scratch)
    const [task] = runTasks(spec, data, `${options.concentration}`, options.seed)
    const runs = plan(options)
    const told = new ExperimentProgress(stream, runs, [], 1)
    const records: RunRecord[] = []
    let peakBytes = 0
    await executeRuns(runs, {
      spec,
      data,
      ground: await openGround(spec, data, backbone),
      backbone,
      parallel: 1,
      lifts: false,
      signal,
      onStart: (run) => told.start(run),
      onRecord: (record) => {
        records.push(record)
        told.finish(record)
        return Promise.resolve()
      },
      onPeakMemory: (bytes) => (peakBytes = bytes),
    })
    return trialReport(records, {
      classes: data.classes.length,
      perSite: task!.sites.map(({ length }) => length),
      heldOutSamples: data.testCounts.reduce((sum, count) => sum + count, 0),
      peakBytes,
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function plan({ concentration, seed }: TrialOptions): readonly PlannedRun[] {
  return TRIAL_METHODS.map((method) => ({ id: method, method, split: `${concentration}`, seed }))
}
