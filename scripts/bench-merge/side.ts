import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that answers one JSON line per JSON line, so that its start is not measured and its peak memory is its own. */
export interface Side {
  ask<T>(request: object): Promise<T>
  stop(): void
}

/** On one thread, whatever the library. */
export function startSide(command: string, args: readonly string[]): Side {
  const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...threads },
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with code ${String(code)}`)))
  })
  failed.catch(() => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask<T>(request: object) {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const line = await Promise.race([lines.next(), failed])
      return JSON.parse(String(line.value)) as T
    },
    stop: () => child.stdin.end(),
  }
}

export const startOurs = (): Side =>
  startSide(process.execPath, ['--import', 'tsx', new URL('our-side.ts', import.meta.url).pathname])

export const startReference = (python: string): Side =>
  startSide(python, [new URL('reference.py', import.meta.url).pathname])
