import { sizeOf } from './shape.ts'
import { computedInputs, topologicalOrder } from './topological-order.ts'
import type { Value } from './value.ts'
import { isOp } from './value.ts'

/** Values to keep, so that what lies before them need not be computed again, and what that saves. */
export interface FrozenFrontier {
  /** In an order that depends on the graph alone. */
  readonly values: readonly Value[]
  /** Share of the multiplications of all matrix products of the graph that the values stand for, 0 to 1. */
  readonly savedShare: number
}

/** What is to be kept for one Value that training does not change; nothing where it is cheap to compute from the graph's inputs. */
interface Need {
  /** Whether it depends on an input; the rest is the same for every batch. */
  readonly isFed: boolean
  readonly values: ReadonlySet<Value>
}

/**
 * Where a graph can be cut between what never changes and what training changes: Values that depend on no trained input, and that what
 * does depend on one needs. A Value that follows without a matrix product from others that are kept, or from the graph's inputs, is not
 * kept but computed again: norms, masks, transposed heads. Where several would be kept for one that is smaller, that one is kept.
 *
 * @param isTrained - whether training changes the input of this name
 */
export function frozenFrontier(
  outputs: readonly Value[],
  isTrained: (name: string) => boolean,
): FrozenFrontier {
  const order = topologicalOrder(outputs, computedInputs)
  const live = new Set<Value>()
  const needs = new Map<Value, Need>()
  const frontier = new Set<Value>()
  for (const value of order) {
    const inputs = computedInputs(value)
    const isLive = isOp(value, 'input')
      ? isTrained(value.attributes.name)
      : inputs.some((input) => live.has(input))
    if (!isLive) needs.set(value, needOf(value, inputs, needs))
    else {
      live.add(value)
      for (const input of inputs) for (const kept of needs.get(input)?.values ?? []) frontier.add(kept)
    }
  }
  return { values: [...frontier], savedShare: savedShare(order, outputs, frontier) }
}

function needOf(value: Value, inputs: readonly Value[], needs: ReadonlyMap<Value, Need>): Need {
  const isFed = value.op === 'input' || inputs.some((input) => needs.get(input)!.isFed)
  if (!isFed) return { isFed, values: new Set() }
  if (value.op === 'matmul') return { isFed, values: new Set([value]) }
  const values = new Set(inputs.flatMap((input) => [...needs.get(input)!.values]))
  const size = [...values].reduce((sum, kept) => sum + sizeOf(kept.shape), 0)
  return { isFed, values: size > sizeOf(value.shape) ? new Set([value]) : values }
}

function savedShare(
  order: readonly Value[],
  outputs: readonly Value[],
  frontier: ReadonlySet<Value>,
): number {
  const left = topologicalOrder(outputs, (value) => (frontier.has(value) ? [] : computedInputs(value)))
  const cost = (values: readonly Value[]): number =>
    values.reduce((sum, value) => sum + (frontier.has(value) ? 0 : multiplications(value)), 0)
  const kept = [...frontier].reduce((sum, value) => sum + multiplications(value), 0)
  return 1 - cost(left) / Math.max(cost(order) + kept, 1)
}

/** Of a matrix product (…, n, k) (…, k, m): n · k · m for each of the leading ones. */
function multiplications(value: Value): number {
  if (!isOp(value, 'matmul')) return 0
  const [a] = value.inputs
  return sizeOf(value.shape) * a!.shape.at(value.attributes.transposeA ? -2 : -1)!
}
