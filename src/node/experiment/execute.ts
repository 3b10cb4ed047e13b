import { spawnTrainer } from '../../training/index.ts'
import type { PreparedData } from './data/prepared-data.ts'
import { methodNamed } from './methods/method-table.ts'
import { Bench } from './run/bench.ts'
import { CostMeter } from './run/cost-meter.ts'
import type { MergeGround } from './run/merge-spec.ts'
import { runMethod } from './run/run-method.ts'
import type { ExperimentSpec } from './spec-schema.ts'
import { drawnSamples, homeSamples, runTasks } from './tasks.ts'
import type { PlannedRun, RunRecord } from './types.ts'

export interface ExecuteInit {
  readonly spec: ExperimentSpec
  readonly data: PreparedData
  readonly ground: MergeGround
  /** Directory of the backbone. */
  readonly backbone: string
  /** Processes of training at a time, each on one thread. */
  readonly parallel: number
  readonly signal: AbortSignal
  readonly onStart: (run: PlannedRun) => void
  /** Awaited before the next run of the same process starts. */
  readonly onRecord: (record: RunRecord) => Promise<void>
  /** Whether heads on random features are solved, too. @default true */
  readonly lifts?: boolean
  /** Told by every process at its end: the most bytes that it had in memory. */
  readonly onPeakMemory?: (bytes: number) => void
}

/** Makes the runs in their order, several at a time. The first that fails ends all. */
export async function executeRuns(runs: readonly PlannedRun[], init: ExecuteInit): Promise<void> {
  const ended = new AbortController()
  const signal = AbortSignal.any([init.signal, ended.signal])
  const queue = [...runs]
  const lanes = Array.from({ length: Math.min(init.parallel, runs.length) }, () =>
    lane(queue, { ...init, signal }).catch((error: unknown) => {
      ended.abort(error)
      throw error
    }),
  )
  const results = await Promise.allSettled(lanes)
  init.signal.throwIfAborted()
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** One process of training, and the runs that it makes. */
async function lane(queue: PlannedRun[], init: ExecuteInit): Promise<void> {
  await using client = spawnTrainer()
  const { data, ground: { modules }, backbone, spec: { extent }, signal } = init // prettier-ignore
  const bench = new Bench({ client, data, backbone, extent, modules, signal })
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    signal.throwIfAborted()
    init.onStart(run)
    await init.onRecord(await made(run, bench, init))
  }
  init.onPeakMemory?.(await client.peakMemory())
}

async function made(
  run: PlannedRun,
  bench: Bench,
  { spec, data, ground, lifts = true }: ExecuteInit,
): Promise<RunRecord> {
  const tasks = runTasks(spec, data, run.split, run.seed)
  const reported = tasks.map(({ classes }) => classes)
  const { heldOut } = drawnSamples(data, run.seed)
  const meter = new CostMeter()
  const context = {
    key: run,
    spec,
    data,
    ground,
    bench,
    meter,
    tasks,
    reported,
    heldOut,
    home: run.split === 'domain' ? homeSamples(data, { heldOut }) : undefined,
    scoresEnd: false,
    lifts,
  }
  return { v: 1, ...run, ...(await runMethod(context, methodNamed(run.method)!)) }
}
