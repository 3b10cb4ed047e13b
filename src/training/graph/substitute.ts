import { topologicalOrder } from './topological-order.ts'
import type { Value } from './value.ts'

/** The same outputs with some Values replaced by others of their shape and type; what does not depend on them stays as it is. */
export function substitute(
  outputs: Readonly<Record<string, Value>>,
  replacements: ReadonlyMap<Value, Value>,
): Record<string, Value> {
  const done = new Map(replacements)
  const order = topologicalOrder(Object.values(outputs), (value) =>
    replacements.has(value) ? [] : value.inputs,
  )
  for (const value of order) {
    if (done.has(value)) continue
    const inputs = value.inputs.map((input) => done.get(input)!)
    done.set(value, inputs.every((input, i) => input === value.inputs[i]) ? value : { ...value, inputs })
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, done.get(value)!]))
}
