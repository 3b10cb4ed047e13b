import type { SkippedSample } from '../types.ts'

/** Skipped samples that are named one by one; of the others only the number is kept. */
const MAX_NAMED = 100

/** What was left out: the first ones by name, all of them by number and kind, so that a file of bad rows does not fill memory. */
export class SkippedList {
  readonly #named: SkippedSample[] = []
  readonly #counts = new Map<string, number>()

  get named(): readonly SkippedSample[] {
    return this.#named
  }

  get count(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** @param kind - what reasons have in common, in words @param reason - this sample's own. @default the kind */
  add(where: string, kind: string, reason: string = kind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    if (this.#named.length < MAX_NAMED) this.#named.push({ where, reason })
  }

  /** One sentence with the total of each kind; none where everything was named. @param what - plural, as `rows` */
  summary(what: string, path: string): string[] {
    if (this.count <= this.#named.length) return []
    const kinds = [...this.#counts].map(([kind, count]) => `${count} × ${kind}`)
    return [
      `${this.count} ${what} of ${path} were skipped, the first ${MAX_NAMED} are named: ${kinds.join(', ')}`,
    ]
  }
}
