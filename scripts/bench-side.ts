import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BenchCase } from './bench-cases.ts'

const ANSWER_TIMEOUT_MS = 300_000

/** Milliseconds of each of some steps: on the clock, and of processor time, all threads together. */
export interface Times {
  readonly milliseconds: readonly number[]
  readonly processor: readonly number[]
}

interface Answer extends Partial<Times> {
  readonly peakBytes?: number
}

/** One side of the comparison: a process that answers one line of JSON to each line of JSON. */
export class BenchSide {
  readonly #child: ChildProcess
  readonly #lines: Interface
  peakBytes = 0

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })
  }

  async prepare(bench: BenchCase, threads: number): Promise<void> {
    await this.#ask({ case: bench, threads })
  }

  async run(steps: number): Promise<Times> {
    const { milliseconds = [], processor = [], peakBytes = 0 } = await this.#ask({ steps })
    this.peakBytes = peakBytes
    return { milliseconds, processor }
  }

  stop(): void {
    this.#child.kill()
  }

  async #ask(question: unknown): Promise<Answer> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const answer = once(this.#lines, 'line', { signal }) as Promise<[string]>
    const ended = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`${this.#child.spawnfile} ended with code ${String(code)}`)
    })
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`)
    const [line] = await Promise.race([answer, ended])
    return JSON.parse(line) as Answer
  }
}

export function nodeSide(): BenchSide {
  const worker = fileURLToPath(new URL('./bench-worker.ts', import.meta.url))
  return new BenchSide(process.execPath, [...process.execArgv, worker])
}

export function pythonSide(python: string): BenchSide {
  return new BenchSide(python, [fileURLToPath(new URL('./bench_train_torch.py', import.meta.url))])
}
