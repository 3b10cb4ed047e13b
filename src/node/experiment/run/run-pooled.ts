import type { PooledMethod } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { runFederated } from './run-federated.ts'
import type { RunContext } from './run-context.ts'

/** All samples at one site, all classes at once, as many local epochs as the sites train in all rounds: one long round. */
export async function runPooled(
  context: RunContext,
  { name, title, adapter, priorShift }: PooledMethod,
): Promise<RunOutcome['heads']> {
  const classes = context.tasks.flatMap((task) => task.classes).sort((a, b) => a - b)
  const samples = context.tasks.flatMap((task) => task.sites.flat()).sort((a, b) => a - b)
  const tasks = [{ classes, sites: [samples] }]
  return runFederated(
    { ...context, tasks, scoresEnd: true },
    { name, title, strategy: 'federated', adapter, rule: 'mean', head: { rule: 'counts' }, oneShot: true, priorShift: priorShift === true }, // prettier-ignore
  )
}
