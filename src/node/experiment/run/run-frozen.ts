import type { FrozenMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { AnalyticHead } from './analytic-head.ts'
import { LiftedHead } from './lifted-head.ts'
import { benchAdapter, runAdapter, type RunContext } from './run-context.ts'
import { Scores } from './scores.ts'

/** Nothing is trained: task by task every site sends statistics of the frozen backbone's features, which add up exactly, whatever the split. */
export async function runFrozen(context: RunContext, { lifted }: FrozenMethod): Promise<RunOutcome['heads']> {
  const trainer = benchAdapter(context.spec, 'lora-ab')
  return { analytic: lifted ? await liftedScores(context) : await plainScores() }

  async function plainScores(): Promise<Scores['trajectory']> {
    const adapter = runAdapter(context, 'lora-ab')
    const head = new AnalyticHead(context, { trainer, adapter, state: null })
    const scores = new Scores(context, trainer)
    for (const task of context.tasks.keys()) {
      await scores.add({ adapter: null, classifier: await head.add(task) }, task, true)
    }
    return scores.trajectory
  }
}

async function liftedScores(context: RunContext): Promise<Scores['trajectory']> {
  const head = await LiftedHead.open(context)
  for (const task of context.tasks.keys()) await head.add(task)
  return head.trajectory
}
