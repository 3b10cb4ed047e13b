import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { childArguments } from './child-arguments.ts'

/** Kept of what a process writes to its standard error, to explain a crash. */
const STDERR_TAIL_CHARS = 2000

/**
 * Starts the module of this address, which is without extension, as a process: from dist/ the compiled one; from source the
 * TypeScript one, read by the same loader as this process (tsx).
 */
export function forkEntry(module: URL, args: readonly string[] = []): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fork(new URL(`${module.href}.${extension}`), [...args], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: childArguments(process.execArgv),
  })
}

/**
 * Calls back when the process has ended and its standard error has been read. (The event 'close' does not come in Node 20 when
 * this side has closed the message channel.)
 */
export function onEnd(
  child: ChildProcess,
  ended: (code: number | null, signal: string | null) => void,
): void {
  child.once('exit', (code, signal) => {
    if (child.stderr?.closed ?? true) ended(code, signal)
    else child.stderr?.once('close', () => ended(code, signal))
  })
}

export function collectTail(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_CHARS)
  })
  return () => tail.trim()
}

/** How a process ended, in words, with the last that it said. */
export function explainExit(code: number | null, signal: string | null, stderr: string): string {
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`
  const lastLine = stderr.split('\n').at(-1)
  return lastLine ? `${how}; last words: ${lastLine}` : how
}
