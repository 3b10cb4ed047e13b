import { CausalIndex } from './causal-index.ts'
import type { OpenedStatement } from './types.ts'

/** The statements whose parents, and theirs, are all among them; what waits for a missing one is left out. */
export function causalClosure(statements: Iterable<OpenedStatement>): CausalIndex {
  const index = new CausalIndex()
  const waiting = new Map<string, OpenedStatement[]>()
  for (const first of statements) {
    const ready = [first]
    for (let one = ready.pop(); one !== undefined; one = ready.pop()) {
      if (index.has(one.id)) continue
      const [missing] = index.missingParents(one)
      if (missing === undefined) {
        index.add(one)
        ready.push(...(waiting.get(one.id) ?? []))
        waiting.delete(one.id)
      } else {
        waiting.set(missing, [...(waiting.get(missing) ?? []), one])
      }
    }
  }
  return index
}
