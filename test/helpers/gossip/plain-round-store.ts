import type { KeptMemory, RoundStore } from '../../../src/gossip/index.ts'
import { FIRST_INCARNATION } from '../../../src/gossip/index.ts'

interface Kept {
  readonly certificates: Map<number, Uint8Array>
  memory: KeptMemory | null
}

/** Outlives the node that uses it, and can be set back. */
export class PlainRoundStore implements RoundStore {
  current = FIRST_INCARNATION
  #kept: Kept = { certificates: new Map(), memory: null }

  incarnation(): Promise<string> {
    return Promise.resolve(this.current)
  }

  renew(): Promise<string> {
    this.current = Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(16, 'a')
    return Promise.resolve(this.current)
  }

  newest(): Promise<{ round: number; bytes: Uint8Array } | null> {
    const round = this.#kept.certificates.size - 1
    const bytes = this.#kept.certificates.get(round)
    return Promise.resolve(bytes === undefined ? null : { round, bytes })
  }

  certificate(round: number): Promise<Uint8Array | null> {
    return Promise.resolve(this.#kept.certificates.get(round) ?? null)
  }

  addCertificate(round: number, bytes: Uint8Array): Promise<void> {
    this.#kept.certificates.set(round, bytes)
    return Promise.resolve()
  }

  memory(): Promise<Kept['memory']> {
    return Promise.resolve(this.#kept.memory)
  }

  saveMemory(memory: KeptMemory): Promise<void> {
    this.#kept.memory = memory
    return Promise.resolve()
  }

  certificates(): readonly Uint8Array[] {
    return [...this.#kept.certificates.values()]
  }

  /** A copy of now. */
  backup(): Kept {
    return { ...this.#kept, certificates: new Map(this.#kept.certificates) }
  }

  restore(backup: Kept): void {
    this.#kept = { ...backup, certificates: new Map(backup.certificates) }
  }
}
