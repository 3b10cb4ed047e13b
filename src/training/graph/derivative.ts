import type { Operator, Value } from './value.ts'

/**
 * Reverse-mode rule of one operator: given its Value and the gradient of the loss by that Value, the gradient by each of its
 * inputs, in order. `undefined` where an input has none (indices, conditions).
 */
export type Derivative<O extends Operator> = (
  value: Value<O>,
  gradient: Value,
) => readonly (Value | undefined)[]

/** Input `i`, which the builder of the operator has put there. */
export function operand(value: Value, i: number): Value {
  return value.inputs[i]!
}
