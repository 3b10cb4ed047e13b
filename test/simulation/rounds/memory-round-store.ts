import { FIRST_INCARNATION } from '../../../src/gossip/rounds/types.ts'
import type { KeptMemory, RoundStore } from '../../../src/gossip/rounds/round-types.ts'
import type { ProcessClock } from '../process-clock.ts'
import type { Scheduler } from '../scheduler.ts'

interface Kept {
  readonly certificates: Map<number, Uint8Array>
  memory: KeptMemory | null
}

/** A disk that outlives its processes. Writes take time, and one that a crash overtakes may have happened or not. */
export class MemoryRoundStore implements RoundStore {
  /** The process that writes; what a dead one still writes is lost or not, by chance. */
  process: ProcessClock | undefined
  /** Goes on with the old incarnation whatever has happened, which no disk should. */
  isStubborn = false
  readonly #scheduler: Scheduler
  #incarnation = FIRST_INCARNATION
  #kept: Kept = { certificates: new Map(), memory: null }

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** A backup: `restore` sets the disk back to it. */
  backup(): Kept {
    return { certificates: new Map(this.#kept.certificates), memory: this.#kept.memory }
  }

  restore(backup: Kept): void {
    this.#kept = { certificates: new Map(backup.certificates), memory: backup.memory }
  }

  /** Loses the memory and nothing else. */
  forget(): void {
    this.#kept.memory = null
  }

  incarnation(): Promise<string> {
    return Promise.resolve(this.#incarnation)
  }

  renew(): Promise<string> {
    if (!this.isStubborn)
      this.#incarnation = this.#scheduler
        .below(2 ** 32)
        .toString(16)
        .padStart(16, 'f')
    return Promise.resolve(this.#incarnation)
  }

  newest(): Promise<{ round: number; bytes: Uint8Array } | null> {
    const round = Math.max(-1, ...this.#kept.certificates.keys())
    const bytes = this.#kept.certificates.get(round)
    return Promise.resolve(bytes === undefined ? null : { round, bytes })
  }

  certificate(round: number): Promise<Uint8Array | null> {
    return Promise.resolve(this.#kept.certificates.get(round) ?? null)
  }

  addCertificate(round: number, bytes: Uint8Array): Promise<void> {
    return this.#write((kept) => kept.certificates.set(round, bytes))
  }

  memory(): Promise<Kept['memory']> {
    return Promise.resolve(this.#kept.memory)
  }

  saveMemory(memory: KeptMemory): Promise<void> {
    return this.#write((kept) => (kept.memory = memory))
  }

  #write(change: (kept: Kept) => void): Promise<void> {
    const { process } = this
    return new Promise((resolve) => {
      this.#scheduler.after(this.#scheduler.between(0, 20), () => {
        if (process?.isAlive === true || this.#scheduler.chance(0.5)) change(this.#kept)
        process?.after(0, resolve)
      })
    })
  }
}
