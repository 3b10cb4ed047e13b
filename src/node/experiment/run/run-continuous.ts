import { createRandom } from '../../../merge/index.ts'
import type { ContributionView, MergeSpec } from '../../../merge/index.ts'
import type { ModelState } from '../../../training/index.ts'
import type { ContinuousMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { mergeSpec } from './merge-spec.ts'
import { pacedSites } from './paced-sites.ts'
import { benchAdapter, runAdapter, startState, type RunContext } from './run-context.ts'
import { merged, whole } from './run-federated.ts'
import { Scores } from './scores.ts'
import { siteContribution, type SiteRound } from './site-round.ts'
import { StatisticHeads } from './statistic-heads.ts'

/**
 * No rounds: every site trains at a pace of its own, each time from the merge of what has arrived, and the merge is made anew when a contribution
 * arrives. A site contributes as often as it would in rounds; the model is scored whenever as many have arrived as there are sites.
 */
export async function runContinuous(
  context: RunContext,
  method: ContinuousMethod,
): Promise<RunOutcome['heads']> {
  const trainer = benchAdapter(context.spec, method.adapter)
  const adapter = runAdapter(context, method.adapter)
  const spec = mergeSpec(context.ground, { ...method, adapter })
  const own = new Scores(context, trainer)
  const earlier: ContributionView[] = []
  let state = whole(spec, startState(spec))
  let heads: StatisticHeads | undefined
  for (const task of context.tasks.keys()) {
    const newest = new Map<number, ContributionView>()
    let arrived = 0
    for await (const [site, view] of arrivals(context, method, spec, task, () => state)) {
      if (arrived > 0 && arrived % context.spec.sites === 0) await own.add(state, task, false)
      newest.set(site, view)
      arrived += 1
      const views = [...newest.values()]
      state = await context.meter.time('merge', () =>
        whole(spec, merged(spec, {}, views, [...earlier, ...views])),
      )
    }
    earlier.push(...newest.values())
    await own.add(state, task, true)
    heads ??= await StatisticHeads.open(context, { trainer, adapter: trainer, state: state.adapter })
    await heads.add(task)
  }
  return { own: own.trajectory, ...heads?.trajectories }
}

/** A task's contributions with their sites, in the order in which they arrive. */
async function* arrivals(
  context: RunContext,
  method: ContinuousMethod,
  spec: MergeSpec,
  task: number,
  newestMerge: () => ModelState,
): AsyncGenerator<readonly [number, ContributionView]> {
  const { tasks, key, spec: { rounds, epochs } } = context // prettier-ignore
  const { sites } = tasks[task]!
  const dying = method.dies === true ? largest(tasks[0]!.sites) : undefined
  const contributions = sites.map(({ length }, site) =>
    length > 0 && (task === 0 || site !== dying) ? rounds : 0,
  )
  const random = createRandom(`experiment/pace/${key.seed}/${task}`)
  const begun = new Map<number, SiteRound>()
  for (const { kind, site, generation } of pacedSites({ contributions, random, dying })) {
    if (kind === 'ends') {
      yield [site, (await siteContribution(context, begun.get(site)!, site)).view]
      continue
    }
    begun.set(site, {
      spec,
      adapter: benchAdapter(context.spec, method.adapter),
      from: newestMerge(),
      task,
      round: task * rounds * sites.length + generation,
      epochs,
      factors: method.adapter === 'lora-b' ? 'B' : undefined,
      grams: method.rule === 'mean' ? undefined : { form: 'projected' },
      priorShift: method.priorShift === true,
    })
  }
}

function largest(sites: readonly (readonly number[])[]): number {
  const sizes = sites.map(({ length }) => length)
  return sizes.indexOf(Math.max(...sizes))
}
