import type { AloneMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { meanOfSites } from './mean-of-sites.ts'
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
    const home = context.home && [context.home[site]!]
    found.push(
      await runFederated({ ...context, tasks, home, scoresEnd: true }, { ...method, priorShift: shift }),
    )
  }
  const own = found.map((heads) => heads.own!)
  return {
    heads: {
      own: meanOfSites(own),
      analytic: meanOfSites(found.map((heads) => heads.analytic!)),
    },
    perSite: own.map(({ rounds }) => rounds.at(-1)!),
  }
}
