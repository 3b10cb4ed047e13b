import { sizeOf } from '../graph/shape.ts'
import { computedInputs, topologicalOrder } from '../graph/topological-order.ts'
import type { Value } from '../graph/value.ts'

const BYTES = 4

/** Of what is there anyway, whether a graph runs or not, or takes nothing. */
const FREE = new Set<Value['op']>(['constant', 'fill'])

/**
 * Most bytes that the values of a graph take at once, where each is computed in topological order and freed after its last use; a reshaped
 * value is the one that it was reshaped from. Frozen data are not counted.
 *
 * A runtime that joins operators takes less, one that keeps freed memory in pieces more: together about as much.
 *
 * @param outputs - are there until the end
 */
export function peakBytes(outputs: readonly Value[]): number {
  const order = topologicalOrder(outputs, computedInputs)
  const last = lastUses(order)
  for (const output of outputs) last.set(stored(output), order.length)
  const freed = new Map<number, number>()
  let now = 0
  let peak = 0
  for (const [at, value] of order.entries()) {
    if (stored(value) === value && !FREE.has(value.op)) {
      const bytes = BYTES * sizeOf(value.shape)
      const until = last.get(value) ?? at
      freed.set(until, (freed.get(until) ?? 0) + bytes)
      now += bytes
      peak = Math.max(peak, now)
    }
    now -= freed.get(at) ?? 0
  }
  return peak
}

/** Place in the order of the last Value that reads each. */
function lastUses(order: readonly Value[]): Map<Value, number> {
  const last = new Map<Value, number>()
  for (const [at, value] of order.entries()) {
    for (const input of computedInputs(value)) last.set(stored(input), at)
  }
  return last
}

/** The Value whose memory a Value is. */
function stored(value: Value): Value {
  let found = value
  while (found.op === 'reshape' || found.op === 'differentiateAs') found = found.inputs[0]!
  return found
}
