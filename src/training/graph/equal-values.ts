import { topologicalOrder } from './topological-order.ts'
import type { Value } from './value.ts'
import { isOp } from './value.ts'

/** Longest constant that is compared number by number; longer ones are weights, equal where they are the same memory. */
const COMPARED_NUMBERS = 64

/**
 * For Values of one graph those of another that compute the same from the same inputs; Values that the other graph has not are left out.
 *
 * @returns by Value of the other graph, the Value it equals
 */
export function equalValues(values: readonly Value[], others: readonly Value[]): Map<Value, Value> {
  const names = new Naming()
  for (const value of topologicalOrder(values)) names.add(value)
  const wanted = new Map(values.map((value) => [names.of(value), value]))
  const equal = new Map<Value, Value>()
  for (const other of topologicalOrder(others)) {
    const value = wanted.get(names.add(other))
    if (value !== undefined) equal.set(other, value)
  }
  return equal
}

/** One number for all Values of the same operator, attributes and inputs. */
class Naming {
  readonly #ofKey = new Map<string, number>()
  readonly #ofValue = new Map<Value, number>()
  readonly #ofMemory = new Map<object, number>()

  of(value: Value): number {
    return this.#ofValue.get(value)!
  }

  add(value: Value): number {
    const inputs = value.inputs.map((input) => this.of(input))
    const attributes = isOp(value, 'constant') ? this.#memory(value.attributes.data) : value.attributes
    const key = JSON.stringify([value.op, inputs, value.shape, value.dtype, attributes], exactly)
    const number = this.#ofKey.get(key) ?? this.#ofKey.size
    this.#ofKey.set(key, number)
    this.#ofValue.set(value, number)
    return number
  }

  #memory(data: Float32Array | Int32Array): unknown {
    if (data.length <= COMPARED_NUMBERS) return [...data]
    const number = this.#ofMemory.get(data) ?? this.#ofMemory.size
    this.#ofMemory.set(data, number)
    return number
  }
}

/** JSON has no NaN, no infinities and no −0. */
function exactly(_: string, entry: unknown): unknown {
  return Object.is(entry, -0) ? '-0' : typeof entry === 'number' ? String(entry) : entry
}
