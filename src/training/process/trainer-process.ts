/**
 * Entry of the trainer's process, started by spawn-trainer.ts. Loads native code and opens no socket; writes
 * only the checkpoints that it is asked for, and samples that do not fit into memory. Ends when
 * its parent does.
 */
import { PeermergeError } from '../../errors.ts'
import { obeyMemoryLimit } from './memory-limit.ts'
import { sendError } from './process-messages.ts'
import type { Calls, Method, Reply, Request, UsageNote } from './process-messages.ts'
import { createPredictor } from '../predictor.ts'
import { createSiteTrainer } from '../trainer.ts'
import type { Predictor, SiteTrainer, TrainProgress, WorkOptions } from '../types.ts'

const trainers = new Map<number, SiteTrainer>()
const predictors = new Map<number, Predictor>()
let lastOpened = 0
const running = new Map<number, { controller: AbortController; work: Promise<void> }>()

/** Longest wait at the end where the parent has gone; one that is there kills sooner. */
const END_TIMEOUT_MS = 1500
/** Between two notes of what this process uses. */
const USAGE_MS = 1000

type Handlers = {
  [M in Method]: (args: Calls[M]['in'], options: Required<WorkOptions>) => Promise<Calls[M]['out']>
}

const handlers: Handlers = {
  open: async ({ init }, options) => {
    const trainer = await createSiteTrainer(init, options)
    if (options.signal.aborted) await trainer.close() // nobody waits for it any more
    options.signal.throwIfAborted()
    const number = ++lastOpened
    trainers.set(number, trainer)
    return { trainer: number, sites: trainer.sites }
  },
  train: async ({ trainer, from, options, checkpoint }, { signal, onProgress }) => {
    const work = find(trainer, trainers).train(from, options, { signal, checkpoint })
    let step = await work.next()
    while (!step.done) {
      onProgress(step.value)
      step = await work.next()
    }
    return step.value
  },
  measure: ({ trainer, adapter, measured }, options) =>
    find(trainer, trainers).measure(adapter, { ...measured, ...options }),
  statistics: ({ trainer, adapter, statistics }, options) =>
    find(trainer, trainers).statistics(adapter, statistics, options),
  evaluate: ({ trainer, models, split, ...choice }, options) =>
    find(trainer, trainers).evaluate(models, split, { ...options, ...choice }),
  features: ({ trainer, adapter, split, ...choice }, options) =>
    find(trainer, trainers).features(adapter, split, { ...options, ...choice }),
  mixerTrust: ({ trainer, model, split, ...choice }, options) =>
    find(trainer, trainers).mixerTrust(model, split, { ...options, ...choice }),
  openPredictor: async ({ init }, { signal }) => {
    const predictor = await createPredictor(init)
    if (signal.aborted) await predictor.close()
    signal.throwIfAborted()
    predictors.set(++lastOpened, predictor)
    return lastOpened
  },
  takeModel: ({ predictor, model }) => find(predictor, predictors).take(model),
  dropModel: async ({ predictor, model }) => {
    await find(predictor, predictors).drop(model)
    return undefined
  },
  predict: ({ predictor, model, inputs, explain }, { signal }) =>
    find(predictor, predictors).predict(model, inputs, { explain, signal }),
  closePredictor: async ({ predictor }) => {
    const open = find(predictor, predictors)
    predictors.delete(predictor)
    await open.close()
    return undefined
  },
  peakMemory: () => Promise.resolve(process.resourceUsage().maxRSS * 1024), // told in kilobytes on every platform
  close: async ({ trainer }) => {
    await find(trainer, trainers).close()
    trainers.delete(trainer) // lets its images and weights go
    return undefined
  },
}

obeyMemoryLimit(process.argv)
setInterval(tellUsage, USAGE_MS).unref()
process.on('message', (request: Request) => {
  if (request.method === 'cancel') running.get(request.id)?.controller.abort()
  else start(request)
})
process.on('disconnect', () => void end())
process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group; the parent decides

type Call = Exclude<Request, { method: 'cancel' }>

function start(call: Call): void {
  const controller = new AbortController()
  const work = answer(call, controller).finally(() => running.delete(call.id))
  running.set(call.id, { controller, work })
}

async function answer({ id, method, args }: Call, controller: AbortController): Promise<void> {
  const onProgress = (progress: TrainProgress): void => reply({ id, kind: 'progress', progress })
  try {
    const handle = handlers[method] as (args: unknown, options: Required<WorkOptions>) => Promise<unknown>
    reply({ id, kind: 'done', value: await handle(args, { signal: controller.signal, onProgress }) })
  } catch (error) {
    reply({ id, kind: 'failed', error: sendError(error) })
  }
}

/** The parent has gone or wants an end: what runs is cancelled, which writes its checkpoint, and waited for, but not long. */
async function end(): Promise<void> {
  setTimeout(() => process.exit(0), END_TIMEOUT_MS)
  for (const { controller } of running.values()) controller.abort()
  await Promise.allSettled([...running.values()].map(({ work }) => work))
  process.exit(0)
}

function tellUsage(): void {
  const { user, system } = process.cpuUsage()
  reply({ kind: 'usage', usage: { cpuMs: (user + system) / 1000, memoryBytes: process.memoryUsage.rss() } })
}

function reply(message: Reply | UsageNote): void {
  if (!process.connected) return
  process.send?.(message, undefined, undefined, () => undefined) // without it a parent that has just gone would end this process
}

function find<T>(number: number, among: ReadonlyMap<number, T>): T {
  const found = among.get(number)
  if (found === undefined) throw new PeermergeError('ERR_TRAINER_CLOSED', `there is no trainer ${number}`)
  return found
}
