import type { Method } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { runAlone } from './run-alone.ts'
import type { RunContext } from './run-context.ts'
import { runContinuous } from './run-continuous.ts'
import { runFederated } from './run-federated.ts'
import { runFrozen } from './run-frozen.ts'
import { runPooled } from './run-pooled.ts'
import { runStaged } from './run-staged.ts'

/** Nothing is sent where sites are alone; where samples are in one place they have been sent themselves. */
const NOTHING = { total: 0, round: 0, adapter: 0, statistics: 0, lifted: 0 }

/** One run to its end. */
export async function runMethod(context: RunContext, method: Method): Promise<RunOutcome> {
  const sites = context.tasks[0]!.sites.length
  const rate = 'rate' in method ? method.rate : undefined
  const found = await heads(rate === undefined ? context : atRate(rate, context), method)
  const travels = method.strategy !== 'alone' && method.strategy !== 'pooled'
  const bytes = travels ? context.meter.bytes(sites) : NOTHING
  return { ...found, bytes, ms: context.meter.times() }
}

function atRate(rate: number, context: RunContext): RunContext {
  const { lora, ravan } = context.spec.learningRate
  return { ...context, spec: { ...context.spec, learningRate: { lora: rate * lora, ravan: rate * ravan } } }
}

async function heads(context: RunContext, method: Method): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  switch (method.strategy) {
    case 'federated':
      return { heads: await runFederated(context, method) }
    case 'continuous':
      return { heads: await runContinuous(context, method) }
    case 'staged':
      return { heads: await runStaged(context, method) }
    case 'alone':
      return runAlone(context, method)
    case 'pooled':
      return { heads: await runPooled(context, method) }
    case 'frozen':
      return { heads: await runFrozen(context, method) }
  }
}
