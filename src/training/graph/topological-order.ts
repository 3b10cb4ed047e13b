import type { Value } from './value.ts'

/** Inputs for which a Value waits; by default all of them. */
export type Prerequisites = (value: Value) => readonly Value[]

/**
 * Everything reachable from the roots, each Value once and after what it needs. Iterative, so depth is not limited by the
 * stack; the order depends only on the order of the roots and inputs.
 */
export function topologicalOrder(
  roots: readonly Value[],
  prerequisites: Prerequisites = (value) => value.inputs,
): Value[] {
  const order: Value[] = []
  const state = new Map<Value, 'open' | 'done'>()
  const stack = [...roots].reverse()
  while (stack.length > 0) {
    const value = stack.pop()!
    if (state.get(value) === 'done') continue
    if (state.get(value) === 'open') {
      state.set(value, 'done')
      order.push(value)
      continue
    }
    state.set(value, 'open')
    stack.push(value, ...[...prerequisites(value)].reverse().filter((needed) => state.get(needed) !== 'done'))
  }
  return order
}

/** What a runtime must compute for a Value: the surrogate of differentiateAs is only for derivatives. */
export function computedInputs(value: Value): readonly Value[] {
  return value.op === 'differentiateAs' ? value.inputs.slice(0, 1) : value.inputs
}
