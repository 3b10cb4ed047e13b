/**
 * Entry of the trainer's process, started by spawn-trainer.ts. Loads native code; opens no socket and writes no file. Ends when
 * its parent does.
 */
import { PeermergeError } from '../../errors.ts'
import { sendError } from './process-messages.ts'
import type { Calls, Method, Reply, Request } from './process-messages.ts'
import { createSiteTrainer } from '../trainer.ts'
import type { SiteTrainer, TrainProgress, WorkOptions } from '../types.ts'

const trainers = new Map<number, SiteTrainer>()
let lastTrainer = 0
const running = new Map<number, AbortController>()

type Handlers = {
  [M in Method]: (args: Calls[M]['in'], options: Required<WorkOptions>) => Promise<Calls[M]['out']>
}

const handlers: Handlers = {
  open: async ({ init }, options) => {
    const trainer = await createSiteTrainer(init, options)
    if (options.signal.aborted) await trainer.close() // nobody waits for it any more
    options.signal.throwIfAborted()
    const number = ++lastTrainer
    trainers.set(number, trainer)
    return { trainer: number, sites: trainer.sites }
  },
  train: async ({ trainer, from, options }, { signal, onProgress }) => {
    const work = find(trainer).train(from, options, signal)
    let step = await work.next()
    while (!step.done) {
      onProgress(step.value)
      step = await work.next()
    }
    return step.value
  },
  measure: ({ trainer, adapter }, options) => find(trainer).measure(adapter, options),
  evaluate: ({ trainer, states, split }, options) => find(trainer).evaluate(states, split, options),
  close: async ({ trainer }) => {
    await find(trainer).close()
    trainers.delete(trainer) // lets its images and weights go
    return undefined
  },
}

process.on('message', (request: Request) => {
  if (request.method === 'cancel') running.get(request.id)?.abort()
  else void answer(request)
})
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group; the parent decides

async function answer({ id, method, args }: Exclude<Request, { method: 'cancel' }>): Promise<void> {
  const controller = new AbortController()
  running.set(id, controller)
  const onProgress = (progress: TrainProgress): void => reply({ id, kind: 'progress', progress })
  try {
    const handle = handlers[method] as (args: unknown, options: Required<WorkOptions>) => Promise<unknown>
    reply({ id, kind: 'done', value: await handle(args, { signal: controller.signal, onProgress }) })
  } catch (error) {
    reply({ id, kind: 'failed', error: sendError(error) })
  } finally {
    running.delete(id)
  }
}

function reply(message: Reply): void {
  if (process.connected) process.send?.(message)
}

function find(number: number): SiteTrainer {
  const trainer = trainers.get(number)
  if (trainer === undefined) throw new PeermergeError('ERR_TRAINER_CLOSED', `there is no trainer ${number}`)
  return trainer
}
