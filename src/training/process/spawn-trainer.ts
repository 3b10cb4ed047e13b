import type { ChildProcess } from 'node:child_process'
import { TrainerExitedError, TrainerMemoryError } from '../errors.ts'
import { collectTail, explainExit, forkEntry, onEnd } from './fork-entry.ts'
import { MEMORY_EXIT_CODE, memoryArguments } from './memory-limit.ts'
import { RemotePredictor } from './remote-predictor.ts'
import { RemoteTrainer } from './remote-trainer.ts'
import { TrainerChannel } from './trainer-channel.ts'
import type { TrainerClient, TrainerLogger } from '../types.ts'

/** A process that was asked to end and has not is killed after this. */
const END_TIMEOUT_MS = 1000

export interface SpawnTrainerInit {
  readonly logger?: TrainerLogger
  /** Most memory that the process may take; over it, it ends, and its calls fail with TrainerMemoryError. @default no limit */
  readonly memoryBytes?: number | undefined
}

/**
 * Starts a process for training. It ends with `close()`, and by itself when this process ends.
 *
 *   await using client = spawnTrainer({ logger })
 *   const trainer = await client.open({ model, data: [site], rule: 'ravan', threads: 2 })
 *   for await (const progress of trainer.train(null, options)) console.error(progress.done, progress.loss)
 *
 * Calls made when the process has ended, or ends under them, fail with TrainerExitedError; start another one then.
 */
export function spawnTrainer({ logger, memoryBytes }: SpawnTrainerInit = {}): TrainerClient {
  const child = forkEntry(new URL('./trainer-process', import.meta.url), memoryArguments(memoryBytes))
  const channel = new TrainerChannel(child)
  let isClosing = false
  const stderr = collectTail(child)
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      channel.end(new TrainerExitedError(error.message))
      if (child.pid === undefined) resolve() // it never started
    })
    onEnd(child, (code, signal) => {
      const reason = isClosing ? 'it was closed' : explainExit(code, signal, stderr())
      const isOverLimit = code === MEMORY_EXIT_CODE && memoryBytes !== undefined
      channel.end(isOverLimit ? new TrainerMemoryError(memoryBytes) : new TrainerExitedError(reason, { exitCode: code, signal, stderr: stderr() })) // prettier-ignore
      if (!isClosing)
        logger?.warn({ pid: child.pid, code, signal, stderr: stderr() }, 'trainer process ended')
      resolve()
    })
  })
  logger?.debug({ pid: child.pid }, 'trainer process started')

  const close = async (): Promise<void> => {
    isClosing = true
    await end(child, exited)
  }
  return {
    open: async (init, options) => {
      const { trainer, sites } = await channel.call('open', { init }, options)
      return new RemoteTrainer(channel, trainer, sites)
    },
    openPredictor: async (init, options) =>
      new RemotePredictor(channel, await channel.call('openPredictor', { init }, options)),
    get usage() {
      return channel.usage
    },
    peakMemory: () => channel.call('peakMemory', {}),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}
