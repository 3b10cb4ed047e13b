import { computedInputs } from '../../../graph/topological-order.ts'
import type { Value } from '../../../graph/value.ts'
import type { Program } from '../../program.ts'

/** By Value, who reads it. */
export type Consumers = ReadonlyMap<Value, readonly (Value | undefined)[]>

/** Who reads a Value, once for each time that it is read; an output is read once more, by the caller: undefined. */
export function consumersOf({ order, outputs }: Program): Consumers {
  const consumers = new Map<Value, (Value | undefined)[]>(order.map((value) => [value, []]))
  for (const value of order) {
    for (const input of computedInputs(value)) consumers.get(input)!.push(value)
  }
  for (const [, value] of outputs) consumers.get(value)!.push(undefined)
  return consumers
}
