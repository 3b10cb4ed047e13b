import type { AloneMethod } from '../methods/method.ts'
import type { RunOutcome, Trajectory } from '../types.ts'
import { runFederated } from './run-federated.ts'
import type { RunContext } from './run-context.ts'

/** Every site as a consortium of one, scored at the end alone; heads are the mean over sites. */
export async function runAlone(
  context: RunContext,
  { name, title, adapter, priorShift }: AloneMethod,
): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  const method = {
    name,
    title,
    strategy: 'federated',
    adapter,
    rule: 'mean',
    head: { rule: 'counts' },
  } as const
  const shift = priorShift === true
  const sites = context.tasks[0]!.sites.length
  const found: RunOutcome['heads'][] = []
  for (let site = 0; site < sites; site++) {
    const tasks = context.tasks.map((task) => ({ ...task, sites: [task.sites[site]!] }))
    found.push(await runFederated({ ...context, tasks, scoresEnd: true }, { ...method, priorShift: shift }))
  }
  const own = found.map((heads) => heads.own!)
  return {
    heads: {
      own: mean(own),
      analytic: mean(found.map((heads) => heads.analytic!)),
    },
    perSite: own.map(({ rounds }) => rounds.at(-1)!),
  }
}

function mean(all: readonly Trajectory[]): Trajectory {
  const over = (lists: readonly (readonly number[])[]): number[] =>
    lists[0]!.map((_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length)
  return {
    rounds: over(all.map(({ rounds }) => rounds)),
    tasks: [over(all.map(({ tasks }) => tasks.at(-1)!))],
  }
}
