import type { ProcessUsage } from '../../training/index.ts'
import type { UsageSample } from './wire.ts'

/** Between two samples. */
const EVERY_MS = 5_000
/** Of an hour. */
const MAX_SAMPLES = 720

interface Reading {
  /** Milliseconds. */
  readonly at: number
  readonly sent: number
  readonly received: number
  /** Processor time of this process, in milliseconds. */
  readonly cpuMs: number
  /** Likewise of training processes; it begins anew with the next run. */
  readonly trainerMs: number
}

export interface UsageInit {
  /** Bytes since the start of a run; they begin anew with the next. */
  traffic(): { readonly sent: number; readonly received: number }
  /** Of the training process, since the start of a run. */
  trainer(): ProcessUsage
  /** Milliseconds since 1970. */
  wallNow(): number
  /** @default 5000 */
  readonly everyMs?: number
}

/** What a node uses of network, processor and memory: a sample every few seconds of the last hour. */
export class Usage {
  readonly #init: UsageInit
  readonly #samples: UsageSample[] = []
  readonly #listeners = new Set<(sample: UsageSample) => void>()
  readonly #timer: NodeJS.Timeout
  #before: Reading

  constructor(init: UsageInit) {
    this.#init = init
    this.#before = this.#read()
    this.#timer = setInterval(() => this.#sample(), init.everyMs ?? EVERY_MS).unref()
  }

  /** Oldest first. */
  samples(): readonly UsageSample[] {
    return this.#samples
  }

  /** Returns the function that unsubscribes. */
  subscribe(listener: (sample: UsageSample) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const now = this.#read()
    const memory = process.memoryUsage.rss()
    const sample = {
      ...usageBetween(this.#before, now),
      memory,
      trainerMemory: this.#init.trainer().memoryBytes,
    }
    this.#before = now
    this.#samples.push(sample)
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift()
    for (const listener of this.#listeners) listener(sample)
  }

  #read(): Reading {
    const init = this.#init
    return { at: init.wallNow(), ...init.traffic(), cpuMs: nodeCpuMs(), trainerMs: init.trainer().cpuMs }
  }
}

/** Processor time of this process since its start, in milliseconds. */
export function nodeCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Rates over the time between two readings; a counter that has begun anew counts from zero. */
export function usageBetween(before: Reading, now: Reading): Omit<UsageSample, 'memory' | 'trainerMemory'> {
  const ms = Math.max(1, now.at - before.at)
  const rate = (from: number, to: number): number => (1000 * (to >= from ? to - from : to)) / ms
  return {
    at: now.at,
    sent: rate(before.sent, now.sent),
    received: rate(before.received, now.received),
    cores: (now.cpuMs - before.cpuMs) / ms,
    trainerCores: rate(before.trainerMs, now.trainerMs) / 1000,
  }
}
