import { join } from 'node:path'
import { BUILT_IN_BACKBONE } from '../../training/settings.ts'
import { makeDirectory, writeFileAtomic } from '../atomic-file.ts'
import { findBackbone } from '../find-backbone.ts'
import { lockHome } from '../home-lock.ts'
import { prepareData } from './data/prepare-data.ts'
import { executeRuns } from './execute.ts'
import { ExperimentProgress } from './experiment-progress.ts'
import { planRuns } from './plan.ts'
import { appendRecord, readRecords } from './records.ts'
import { loadCharts } from '../charts/draw-charts.ts'
import type { Provenance } from './report/provenance.ts'
import { writeReport, type WrittenReport } from './report/write-report.ts'
import { openGround } from './run/open-ground.ts'
import type { ExperimentSpec } from './spec-schema.ts'
import type { PlannedRun, RunRecord } from './types.ts'

export interface ExperimentOptions {
  readonly spec: ExperimentSpec
  readonly out: string
  readonly parallel: number
  readonly plots: boolean
  /** Writes the report of what records there are, and makes no run. */
  readonly reportOnly: boolean
  readonly made: Provenance
  readonly signal: AbortSignal
  /** Where progress is told. */
  readonly progress: NodeJS.WriteStream
}

export interface ExperimentResult extends WrittenReport {
  /** Runs of the plan, of which so many were made now, and so many are still missing. */
  readonly runs: { readonly planned: number; readonly made: number; readonly missing: number }
}

/**
 * Makes every run of the plan that has no record yet, then the report. Stopped or killed, it goes on with the next run when it is
 * started again; a run that was under way is made anew.
 *
 * @throws HomeLockedError - another process works in the same directory; PeermergeError ERR_CHARTS_MISSING, ERR_SPLIT; those of data and backbone
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentResult> {
  const { out, plots } = options
  if (plots) await loadCharts() // not after hours of runs
  await makeDirectory(out)
  const lock = await lockHome(out, join(out, 'lock'))
  try {
    return await recorded(join(out, 'records.jsonl'), options)
  } finally {
    await lock.release()
  }
}

async function recorded(file: string, options: ExperimentOptions): Promise<ExperimentResult> {
  const { spec, out, plots, made, reportOnly } = options
  const plan = planRuns(spec)
  const runs = plan.filter(({ id }, i) => plan.findIndex((run) => run.id === id) === i)
  const known = recordsOf(runs, await readRecords(file))
  const missing = runs.filter(({ id }) => !known.some((record) => record.id === id))
  if (!reportOnly) {
    await writeFileAtomic(join(out, 'experiment.json'), `${JSON.stringify(spec, null, 2)}\n`)
    if (missing.length > 0) await makeRuns(missing, known, file, options)
  }
  const all = await readRecords(file)
  const report = await writeReport(out, { spec, records: recordsOf(plan, all), made, plots })
  const there = recordsOf(runs, all).length
  return {
    ...report,
    runs: { planned: runs.length, made: there - known.length, missing: runs.length - there },
  }
}

/** Records of the plan's runs, in its order: those of other settings stay in the file and out of the report. */
function recordsOf(plan: readonly PlannedRun[], records: readonly RunRecord[]): readonly RunRecord[] {
  const byId = new Map(records.map((record) => [record.id, record]))
  return plan.flatMap((run) => {
    const record = byId.get(run.id)
    return record === undefined ? [] : [{ ...record, ...run }]
  })
}

async function makeRuns(
  missing: readonly PlannedRun[],
  known: readonly RunRecord[],
  file: string,
  { spec, out, parallel, signal, progress: stream }: ExperimentOptions,
): Promise<void> {
  const progress = new ExperimentProgress(stream, missing, known, parallel)
  const { dir } = await findBackbone(spec.backbone ?? BUILT_IN_BACKBONE, { signal, progress: stream })
  progress.say('laying out the samples')
  const data = await prepareData(spec.data, join(out, 'data'))
  const ground = await openGround(spec, data, dir)
  await executeRuns(missing, {
    spec,
    data,
    ground,
    backbone: dir,
    parallel,
    signal,
    onStart: (run) => progress.start(run),
    onRecord: async (record) => {
      await appendRecord(file, record)
      progress.finish(record)
    },
  })
}
