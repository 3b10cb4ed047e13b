import type { Method } from '../methods/method.ts'
import type { RunOutcome } from '../types.ts'
import { runAlone } from './run-alone.ts'
import type { RunContext } from './run-context.ts'
import { runContinuous } from './run-continuous.ts'
import { runFedAlt } from './run-fedalt.ts'
import { runFedSelect } from './run-fedselect.ts'
import { runFederated } from './run-federated.ts'
import { runFrozen } from './run-frozen.ts'
import { runLogistic } from './run-logistic.ts'
import { runPooled } from './run-pooled.ts'
import { runStaged } from './run-staged.ts'

/** Nothing is sent where sites are alone; where samples are in one place they have been sent themselves. */
const NOTHING = { total: 0, round: 0, adapter: 0, statistics: 0, lifted: 0 }

/** One run to its end. */
export async function runMethod(context: RunContext, method: Method): Promise<RunOutcome> {
  const sites = context.tasks[0]!.sites.length
  const found = await heads(trainedAs(method, context), method)
  const travels = !['alone', 'pooled', 'logistic'].includes(method.strategy)
  const bytes = travels ? context.meter.bytes(sites) : NOTHING
  return { ...found, bytes, ms: context.meter.times() }
}

/** With what the method says of all training, whichever its strategy. */
function trainedAs(method: Method, context: RunContext): RunContext {
  if (!('adapter' in method)) return context
  const { rate = 1, rounds = context.spec.rounds, started = false } = method
  const { lora, ravan } = context.spec.learningRate
  const learningRate = { lora: rate * lora, ravan: rate * ravan }
  const spec = { ...context.spec, learningRate, rounds }
  return { ...context, spec, startsClassifiers: started }
}

async function heads(context: RunContext, method: Method): Promise<Omit<RunOutcome, 'bytes' | 'ms'>> {
  switch (method.strategy) {
    case 'federated':
      return { heads: await runFederated(context, method) }
    case 'continuous':
      return { heads: await runContinuous(context, method) }
    case 'staged':
      return { heads: await runStaged(context, method) }
    case 'fedalt':
      return runFedAlt(context, method)
    case 'fedselect':
      return runFedSelect(context, method)
    case 'alone':
      return runAlone(context, method)
    case 'pooled':
      return { heads: await runPooled(context, method) }
    case 'logistic':
      return runLogistic(context, method)
    case 'frozen':
      return { heads: await runFrozen(context, method) }
  }
}
