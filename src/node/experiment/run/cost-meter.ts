import type { BytesPerSite, RunTimes } from '../types.ts'
import type { SentContribution } from './contribution.ts'

type Part = keyof Omit<RunTimes, 'wall'>

/** Counts what a run costs, while it runs. */
export class CostMeter {
  readonly #now: () => number
  readonly #started: number
  readonly #ms: Record<Part, number> = { train: 0, measure: 0, merge: 0, solve: 0, evaluate: 0, lifted: 0 }
  readonly #bytes = {
    adapter: 0,
    adapterContributions: 0,
    contributions: 0,
    statistics: 0,
    lifted: 0,
    other: 0,
  }

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#started = now()
  }

  async time<T>(part: Part, work: () => T | Promise<T>): Promise<T> {
    const start = this.#now()
    try {
      return await work()
    } finally {
      this.#ms[part] += this.#now() - start
    }
  }

  addTime(part: Part, ms: number): void {
    this.#ms[part] += ms
  }

  addAdapter({ headerBytes, payload, adapterBytes }: SentContribution): void {
    this.#bytes.contributions += 1
    this.#bytes.adapterContributions += headerBytes.length + payload.length
    this.#bytes.adapter += adapterBytes
  }

  addStatistics({ headerBytes, payload }: SentContribution): void {
    this.#bytes.statistics += headerBytes.length + payload.length
  }

  addLifted(bytes: number): void {
    this.#bytes.lifted += bytes
  }

  /** What travels besides contributions: Grams of a task's end. */
  addOther(bytes: number): void {
    this.#bytes.other += bytes
  }

  bytes(sites: number): BytesPerSite {
    const { adapter, adapterContributions, contributions, statistics, lifted, other } = this.#bytes
    const each = Math.max(contributions, 1)
    return {
      total: Math.round((adapterContributions + statistics + other) / sites),
      round: Math.round(adapterContributions / each),
      adapter: Math.round(adapter / each),
      statistics: Math.round(statistics / sites),
      lifted: Math.round(lifted / sites),
    }
  }

  times(): RunTimes {
    return { ...this.#ms, wall: this.#now() - this.#started }
  }
}
