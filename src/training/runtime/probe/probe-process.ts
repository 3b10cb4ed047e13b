/**
 * Entry of the process in which one runtime is tried, started by probe-runtimes.ts: a native library that brings its process down
 * brings down this one.
 */
import { describeRuntime } from '../registry.ts'
import { RUNTIME_NAMES } from '../runtime-name.ts'
import type { ProbeMessage } from './probe-message.ts'
import { timeStep } from './time-step.ts'

process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group; the parent decides

const [wanted, shallTime, threads] = process.argv.slice(2)
const name = RUNTIME_NAMES.find((known) => known === wanted)!
try {
  send({ kind: 'available', detail: await describeRuntime(name) })
  if (shallTime === 'time') {
    send({ kind: 'timed', stepMs: await timeStep(name, threads === undefined ? undefined : Number(threads)) })
  }
  send({ kind: 'done' })
} catch (error) {
  send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
}
process.disconnect()

function send(message: ProbeMessage): void {
  process.send?.(message)
}
