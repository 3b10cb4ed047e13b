import { computedInputs } from '../graph/topological-order.ts'
import type { Value } from '../graph/value.ts'
import type { Program } from './program.ts'

/** How often each Value is read; an output is read once more, by the caller. */
export function usesOf({ order, outputs }: Program): Map<Value, number> {
  const uses = new Map<Value, number>()
  const count = (value: Value): Map<Value, number> => uses.set(value, (uses.get(value) ?? 0) + 1)
  for (const value of order) computedInputs(value).forEach(count)
  for (const [, value] of outputs) count(value)
  return uses
}
