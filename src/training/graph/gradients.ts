import { ShapeMismatchError } from '../../errors.ts'
import { differentiate } from './derivatives.ts'
import { fill, zerosLike } from './ops/source.ts'
import { sizeOf } from './shape.ts'
import { sumOfContributions } from './sum-of-contributions.ts'
import { topologicalOrder } from './topological-order.ts'
import type { Value } from './value.ts'

/**
 * The gradient of a scalar by each of the given Values (inputs, constants or intermediate ones), as Values of the same
 * language, by reverse-mode differentiation. Only what lies between the loss and `wrt` is differentiated; a Value on which
 * the loss does not depend has gradient 0.
 *
 * @throws ShapeMismatchError - the loss has more than one element
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (sizeOf(loss.shape) !== 1) throw new ShapeMismatchError('loss', [], loss.shape)
  const order = topologicalOrder([loss])
  const between = dependants(order, wrt)
  const contributions = new Map<Value, Value[]>([[loss, [fill(loss.shape, 1)]]])
  const results = new Map<Value, Value>()
  for (const value of order.reverse()) {
    const received = contributions.get(value)
    if (received === undefined) continue
    const gradient = sumOfContributions(received)
    results.set(value, gradient)
    const byInput = differentiate(value, gradient)
    value.inputs.forEach((input, i) => {
      const contribution = byInput[i]
      if (contribution === undefined || !between.has(input)) return
      contributions.set(input, [...(contributions.get(input) ?? []), contribution])
    })
  }
  return wrt.map((value) => results.get(value) ?? zerosLike(value))
}

/** The Values that depend on `wrt`, itself included. */
function dependants(order: readonly Value[], wrt: readonly Value[]): Set<Value> {
  const found = new Set(wrt)
  for (const value of order) {
    if (value.inputs.some((input) => found.has(input))) found.add(value)
  }
  return found
}
