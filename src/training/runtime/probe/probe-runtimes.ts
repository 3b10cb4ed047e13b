import { collectTail, explainExit, forkEntry, onEnd } from '../../process/fork-entry.ts'
import type { RuntimeName } from '../runtime-name.ts'
import type { ProbeMessage } from './probe-message.ts'

/** Those that compute in different ways; `tfjs` is whichever of the last two is there. */
export const PROBED: readonly RuntimeName[] = ['onnx', 'onnx-webgpu', 'tfjs-native', 'tfjs-js']

const TIMEOUT_MS = 60_000

export interface RuntimeReport {
  readonly name: RuntimeName
  readonly isAvailable: boolean
  /** What it computes with, with versions; or why it cannot, and what to do. */
  readonly detail: string
  /** Milliseconds of one training step of a small transformer (time-step.ts); null where none was timed. */
  readonly stepMs: number | null
}

export interface ProbeOptions {
  readonly names?: readonly RuntimeName[]
  /** Time a training step as well. @default true */
  readonly shallTime?: boolean
  /** Threads of the timed step. @default chosen by the runtime */
  readonly threads?: number
  /** A runtime that has not answered by then counts as not available. @default 60 000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Called when a runtime's turn comes. */
  readonly onStart?: (name: RuntimeName) => void
  /** Module that tries one runtime, without extension. @default probe-process */
  readonly entry?: URL
}

/**
 * Tries every runtime, one after the other, each in a process of its own, so that none disturbs another's timing and a native
 * library that crashes is a line of the report.
 */
export async function probeRuntimes(options: ProbeOptions = {}): Promise<RuntimeReport[]> {
  const reports: RuntimeReport[] = []
  for (const name of options.names ?? PROBED) {
    options.signal?.throwIfAborted()
    options.onStart?.(name)
    reports.push(await probeRuntime(name, options))
  }
  return reports
}

async function probeRuntime(
  name: RuntimeName,
  {
    shallTime = true,
    threads,
    timeoutMs = TIMEOUT_MS,
    signal,
    entry = new URL('./probe-process', import.meta.url),
  }: ProbeOptions,
): Promise<RuntimeReport> {
  const args = [name, shallTime ? 'time' : 'describe', ...(threads === undefined ? [] : [String(threads)])]
  const child = forkEntry(entry, args)
  const heard: ProbeMessage[] = []
  const stderr = collectTail(child)
  child.on('message', (message) => heard.push(message as ProbeMessage))
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutMs)
  const kill = (): void => void child.kill('SIGKILL')
  late.signal.addEventListener('abort', kill, { once: true })
  signal?.addEventListener('abort', kill, { once: true })
  try {
    const exit = await new Promise<string>((resolve, reject) => {
      child.once('error', reject)
      onEnd(child, (code, how) => resolve(explainExit(code, how, stderr())))
    })
    signal?.throwIfAborted()
    return reportOf(name, heard, late.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : exit)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
  }
}

function reportOf(name: RuntimeName, heard: readonly ProbeMessage[], end: string): RuntimeReport {
  const find = <K extends ProbeMessage['kind']>(kind: K): Extract<ProbeMessage, { kind: K }> | undefined =>
    heard.find((message): message is Extract<ProbeMessage, { kind: K }> => message.kind === kind)
  const failure = find('failed')?.reason ?? (find('done') ? undefined : crash(name, heard.length > 0, end))
  if (failure !== undefined) return { name, isAvailable: false, detail: failure, stepMs: null }
  return { name, isAvailable: true, detail: find('available')!.detail, stepMs: find('timed')?.stepMs ?? null }
}

function crash(name: RuntimeName, hadLoaded: boolean, end: string): string {
  const when = hadLoaded ? 'while a training step was timed' : 'while it was loaded'
  return `runtime ${name}: its process ended ${when} (${end}); its native library does not work on this machine: update its driver or package, or choose another runtime`
}
