import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { TrainerExitedError } from '../errors.ts'
import { RemoteTrainer } from './remote-trainer.ts'
import { TrainerChannel } from './trainer-channel.ts'
import type { TrainerClient, TrainerLogger } from '../types.ts'

/** A process that was asked to end and has not is killed after this. */
const END_TIMEOUT_MS = 2000

/** Kept of what the process writes to its standard error, to explain a crash. */
const STDERR_TAIL_CHARS = 2000

export interface SpawnTrainerInit {
  readonly logger?: TrainerLogger
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
export function spawnTrainer({ logger }: SpawnTrainerInit = {}): TrainerClient {
  const child = start()
  const channel = new TrainerChannel(child)
  let isClosing = false
  const stderr = collectTail(child)
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      channel.end(new TrainerExitedError(error.message))
      if (child.pid === undefined) resolve() // it never started
    })
    onEnd(child, (code, signal) => {
      const reason = isClosing ? 'it was closed' : explain(code, signal, stderr())
      channel.end(new TrainerExitedError(reason, { exitCode: code, signal, stderr: stderr() }))
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
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** From dist/ runs the compiled entry; from source the same loader as this process (tsx) reads the TypeScript one. */
function start(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fork(new URL(`./trainer-process.${extension}`, import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: process.execArgv.filter((arg) => !/^--(test|inspect|watch)/.test(arg)),
  })
}

/**
 * Calls back when the process has ended and its standard error has been read. (The event 'close' does not come in Node 20 when
 * this side has closed the message channel.)
 */
function onEnd(child: ChildProcess, ended: (code: number | null, signal: string | null) => void): void {
  child.once('exit', (code, signal) => {
    if (child.stderr?.closed ?? true) ended(code, signal)
    else child.stderr?.once('close', () => ended(code, signal))
  })
}

function collectTail(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_CHARS)
  })
  return () => tail.trim()
}

function explain(code: number | null, signal: string | null, stderr: string): string {
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`
  const lastLine = stderr.split('\n').at(-1)
  return lastLine ? `${how}; last words: ${lastLine}` : how
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS)
  await exited
  clearTimeout(timer)
}
