import {
  memorySource,
  mergeFinishedTasks,
  mergeRound,
  openSafetensors,
  phaseFrozenDigest,
  phaseOf,
  phaseSpec,
  sha256Hex,
  taskStart,
  writeSafetensors,
} from '../../../merge/index.ts'
import type {
  FinishedTask,
  MergedTasks,
  MergeSpec,
  StagedState,
  TaskGrams,
  TensorMap,
} from '../../../merge/index.ts'
import type { StagedMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { CONTEXT } from './ground.ts'
import { mergeSpec } from './merge-spec.ts'
import { padStack } from './pad-stack.ts'
import { benchAdapter, runAdapter, startState, type RunContext } from './run-context.ts'
import { Scores } from './scores.ts'
import { StatisticHeads } from './statistic-heads.ts'
import { siteRound } from './site-round.ts'

/**
 * LoRM: every task is trained from its own start, B and A in turns, and merged with the finished ones by what their inputs were. Between
 * rounds the model is the mean of the tasks' updates, as in the reference code.
 */
export async function runStaged(context: RunContext, method: StagedMethod): Promise<RunOutcome['heads']> {
  const { tasks, meter } = context
  const trainer = benchAdapter(context.spec, method.adapter)
  const adapter = runAdapter(context, method.adapter)
  const spec = stagedSpec(context, method)
  const own = new Scores(context, trainer)
  const finished: FinishedTask[] = []
  let state: StagedState = startState(spec)
  let heads: StatisticHeads | undefined
  const trainTask = async (task: number): Promise<void> => {
    const id = String(task).padStart(4, '0')
    state = { ...state, adapter: taskStart(spec, id) }
    const model = ({ adapterSpec, adapter }: MergedTasks): Parameters<Scores['add']>[0] => ({
      ...padStack(spec, adapterSpec, adapter, tasks.length),
      classifier: state.classifier,
    })
    for (let round = 1; round <= context.spec.rounds; round++) {
      state = await stagedRound(context, method, spec, state, task, round)
      if (round === context.spec.rounds) break
      const going = { id, adapter: state.adapter, grams: [] }
      await own.add(model(mergeFinishedTasks(spec, 'mean', [...finished, going])), task, false)
    }
    const grams =
      method.taskGrams === 'mean' ? [] : await taskGrams(context, method, spec, state.adapter, task)
    finished.push({ id, adapter: state.adapter, grams })
    const across = await meter.time('merge', () => mergeFinishedTasks(spec, method.taskGrams, finished))
    await own.add(model(across), task, true)
  }
  for (const task of tasks.keys()) {
    if (task === 0 || method.firstTask !== true) await trainTask(task)
    heads ??= await StatisticHeads.open(context, { trainer, adapter, state: state.adapter })
    await heads.add(task)
  }
  return { ...(method.firstTask !== true && { own: own.trajectory }), ...heads?.trajectories }
}

/** In float32 in either phase, as one charter would say. */
function stagedSpec(context: RunContext, { grams, head, ...method }: StagedMethod): MergeSpec {
  const adapter = runAdapter(context, method.adapter)
  return mergeSpec(context.ground, { adapter, rule: 'regmean', grams: grams.A, head, float32: true })
}

async function stagedRound(
  context: RunContext,
  { adapter, grams, priorShift }: StagedMethod,
  spec: MergeSpec,
  from: StagedState,
  task: number,
  round: number,
): Promise<StagedState> {
  const phase = phaseOf(round)
  const frozen = phaseFrozenDigest(spec, phase, from.adapter)
  const views = await siteRound(context, {
    spec: phaseSpec(spec, phase, grams),
    adapter: benchAdapter(context.spec, adapter),
    from,
    task,
    round: task * context.spec.rounds + round,
    epochs: context.spec.epochs,
    factors: phase,
    grams: grams[phase],
    turn: { phase, frozen },
    priorShift: priorShift === true,
  })
  return context.meter.time('merge', () => mergeRound(spec, CONTEXT, { phase, grams, from }, views))
}

/** Every site's Grams of the task's inputs under its merged factors, as they would travel. */
async function taskGrams(
  { bench, meter, spec: settings, tasks }: RunContext,
  { adapter: trained, taskGrams: form }: StagedMethod,
  spec: MergeSpec,
  state: TensorMap,
  task: number,
): Promise<readonly TaskGrams[]> {
  const result: TaskGrams[] = []
  if (form === 'mean') return result
  const adapter = benchAdapter(settings, trained)
  for (const samples of tasks[task]!.sites) {
    if (samples.length === 0) continue
    const measured = await meter.time('measure', () =>
      bench.grams(adapter, state, { form, modules: spec.modules, samples }),
    )
    const bytes = writeSafetensors(measured)
    meter.addOther(bytes.length)
    const file = openSafetensors(memorySource(bytes), 'Grams of a task')
    result.push({ id: sha256Hex(bytes), tensor: (name) => file.tensor(name) })
  }
  return result
}
