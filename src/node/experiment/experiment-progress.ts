import { duration } from '../status/duration.ts'
import { percent } from '../units.ts'
import { finalAccuracy } from './report/summary.ts'
import { HEADS, type PlannedRun, type RunRecord } from './types.ts'

/** Tells a line when a run starts and when it has ended, with the time that is left by what runs of the same method took. */
export class ExperimentProgress {
  readonly #stream: NodeJS.WriteStream
  readonly #total: number
  readonly #parallel: number
  readonly #left: Map<string, PlannedRun>
  readonly #ms = new Map<string, number[]>()

  constructor(
    stream: NodeJS.WriteStream,
    missing: readonly PlannedRun[],
    known: readonly RunRecord[],
    parallel: number,
  ) {
    this.#stream = stream
    this.#total = missing.length
    this.#parallel = parallel
    this.#left = new Map(missing.map((run) => [run.id, run]))
    for (const record of known) this.#learn(record)
    this.say(`${missing.length} runs to make, ${known.length} are there`)
  }

  say(text: string): void {
    this.#stream.write(`${text}\n`)
  }

  start({ method, split, seed }: PlannedRun): void {
    this.say(`  ${method}, ${split}, seed ${seed} …`)
  }

  finish(record: RunRecord): void {
    this.#left.delete(record.id)
    this.#learn(record)
    const said = HEADS.flatMap((head) => {
      const found = record.heads[head]
      return found === undefined ? [] : [`${percent(finalAccuracy(found))} ${head}`]
    }).join(', ')
    const done = `${this.#total - this.#left.size}/${this.#total}`
    const { method, split, seed } = record
    this.say(
      `${done} ${method}, ${split}, seed ${seed}: ${said}; ${duration(record.ms.wall)}; ${duration(this.#msLeft())} left`,
    )
  }

  #learn({ method, ms }: RunRecord): void {
    this.#ms.set(method, [...(this.#ms.get(method) ?? []), ms.wall])
  }

  #msLeft(): number {
    const all = mean([...this.#ms.values()].map(mean))
    const runs = [...this.#left.values()].map(({ method }) => mean(this.#ms.get(method) ?? [all]))
    return runs.reduce((sum, ms) => sum + ms, 0) / this.#parallel
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
}
