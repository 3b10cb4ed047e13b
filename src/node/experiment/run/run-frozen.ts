import type { FrozenMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { StatisticHeads } from './statistic-heads.ts'
import { benchAdapter, runAdapter, type RunContext } from './run-context.ts'

/** Nothing is trained: task by task every site sends statistics of the frozen backbone's features, which add up exactly, whatever the split. */
export async function runFrozen(
  context: RunContext,
  { beside = 'lora-ab' }: FrozenMethod,
): Promise<RunOutcome['heads']> {
  const features = {
    trainer: benchAdapter(context.spec, beside),
    adapter: runAdapter(context, beside),
    state: null,
  }
  const heads = await StatisticHeads.open(context, features)
  for (const task of context.tasks.keys()) await heads.add(task)
  return heads.trajectories
}
