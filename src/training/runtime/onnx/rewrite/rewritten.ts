import { computedInputs } from '../../../graph/topological-order.ts'
import type { Value } from '../../../graph/value.ts'
import type { Program } from '../../program.ts'
import { programOf } from '../../program.ts'

/** What takes the place of a Value: `value` reads what its inputs have become already, `original` what they were. */
export type Rule = (value: Value, original: Value) => Value

/** The same outputs, every Value put through a rule after its inputs. What no rule touches stays the same Value. */
export function rewritten(program: Program, rule: Rule): Program {
  const results = new Map<Value, Value>()
  for (const original of program.order) {
    const inputs = computedInputs(original).map((input) => results.get(input)!)
    results.set(original, rule(withInputs(original, inputs), original))
  }
  return programOf(Object.fromEntries(program.outputs.map(([name, value]) => [name, results.get(value)!])))
}

/** A Value that reads others instead, and itself where they are the same. */
export function withInputs(value: Value, inputs: readonly Value[]): Value {
  const isSame =
    inputs.length === value.inputs.length && inputs.every((input, i) => input === value.inputs[i])
  return isSame ? value : { ...value, inputs }
}
