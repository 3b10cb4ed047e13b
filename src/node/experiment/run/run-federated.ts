import { mergeContributions, mergeModules } from '../../../merge/index.ts'
import type { ContributionView, MergeSpec } from '../../../merge/index.ts'
import type { ModelState } from '../../../training/index.ts'
import type { FederatedMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { CONTEXT } from './ground.ts'
import { truncatedState, wholeState } from './lora-state.ts'
import { mergeSpec } from './merge-spec.ts'
import { benchAdapter, runAdapter, startState, type RunContext } from './run-context.ts'
import { Scores } from './scores.ts'
import { StatisticHeads } from './statistic-heads.ts'
import { siteRound } from './site-round.ts'

/**
 * Rounds of: every site trains from the merge and contributes, the contributions are merged. Training goes on across tasks.
 *
 * Heads from statistics stand on the adapter as it is after the first task, which stays: of later tasks they take statistics alone, so what they
 * know of earlier ones stays right when their data have gone.
 */
export async function runFederated(
  context: RunContext,
  method: FederatedMethod,
): Promise<RunOutcome['heads']> {
  const { spec: { rounds, epochs }, tasks } = context // prettier-ignore
  const perTask = method.oneShot === true ? { rounds: 1, epochs: rounds * epochs } : { rounds, epochs }
  const trainer = benchAdapter(context.spec, method.adapter)
  const adapter = runAdapter(context, method.adapter)
  const spec = mergeSpec(context.ground, { ...method, adapter })
  const own = new Scores(context, trainer)
  const newest = new Map<number, readonly ContributionView[]>()
  let state = whole(spec, startState(spec))
  let heads: StatisticHeads | undefined
  for (const task of tasks.keys()) {
    const trained = task > 0 && method.firstTask === true ? 0 : perTask.rounds
    for (let round = 1; round <= trained; round++) {
      const views = await siteRound(context, {
        spec,
        adapter: trainer,
        from: state,
        task,
        round: task * perTask.rounds + round,
        epochs: perTask.epochs,
        factors: method.adapter === 'lora-b' ? 'B' : undefined,
        grams: method.rule === 'mean' ? undefined : (method.grams ?? { form: 'projected' }),
        priorShift: method.priorShift === true,
      })
      newest.set(task, views)
      state = await context.meter.time('merge', () =>
        whole(spec, merged(spec, method, views, [...newest.values()].flat())),
      )
      await own.add(state, task, round === trained)
    }
    heads ??= await StatisticHeads.open(context, { trainer, adapter: trainer, state: state.adapter })
    await heads.add(task)
  }
  return { ...(method.firstTask !== true && { own: own.trajectory }), ...heads?.trajectories }
}

/** The adapter of this round's contributions, or of every task's newest; rows of earlier tasks are theirs in either case. */
export function merged(
  spec: MergeSpec,
  { across = 'round' }: Pick<FederatedMethod, 'across'>,
  round: readonly ContributionView[],
  newest: readonly ContributionView[],
): ModelState {
  if (across === 'tasks') return mergeContributions(spec, CONTEXT, newest)
  const names = spec.modules.map(({ name }) => name)
  return mergeContributions(spec, CONTEXT, newest, mergeModules(spec, round, names))
}

/** What training goes on from. */
export function whole({ adapter, modules, rule }: MergeSpec, state: ModelState): ModelState {
  const both = wholeState(adapter, modules, state.adapter)
  const { classifier } = state
  return { classifier, adapter: rule === 'regmean' ? truncatedState(adapter.rank, modules, both) : both }
}
