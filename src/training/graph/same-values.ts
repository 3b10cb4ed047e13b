import { topologicalOrder } from './topological-order.ts'
import type { Value } from './value.ts'

/**
 * Values of a graph that compute what Values of another one do, as when both were built from the same layers: each with its like. Two are
 * alike where operator, attributes and inputs are; constants where they hold the same array, or have the same name and shape.
 */
export function sameValues(outputs: readonly Value[], known: readonly Value[]): Map<Value, Value> {
  const numbers = new Numbers()
  const likes = new Map<number, Value>()
  const wanted = new Set(known)
  for (const value of topologicalOrder(known)) {
    const number = numbers.of(value)
    if (wanted.has(value)) likes.set(number, value)
  }
  const same = new Map<Value, Value>()
  for (const value of topologicalOrder(outputs)) {
    const like = likes.get(numbers.of(value))
    if (like !== undefined) same.set(value, like)
  }
  return same
}

/** Numbers Values so that alike ones have the same; each after its inputs. */
class Numbers {
  readonly #byKey = new Map<string, number>()
  readonly #byValue = new Map<Value, number>()
  readonly #arrays = new Map<unknown, number>()

  of(value: Value): number {
    const inputs = value.inputs.map((input) => this.#byValue.get(input)!)
    const key = [value.op, value.dtype, value.shape.join('x'), this.#said(value), ...inputs].join('|')
    const number = this.#byKey.get(key) ?? this.#byKey.size
    this.#byKey.set(key, number)
    this.#byValue.set(value, number)
    return number
  }

  #said({ op, attributes, name }: Value): string {
    if (op !== 'constant') return JSON.stringify(attributes)
    if (name !== undefined) return `named ${name}`
    const { data } = attributes as { readonly data: unknown }
    const number = this.#arrays.get(data) ?? this.#arrays.size
    this.#arrays.set(data, number)
    return `array ${number}`
  }
}
