import type { Value } from '../../../graph/value.ts'
import { isOp } from '../../../graph/value.ts'
import type { Program } from '../../program.ts'
import { rewritten } from './rewritten.ts'

/** Values of the same operator, attributes and inputs become one, which is computed once. */
export function uniteEquals(program: Program): Program {
  const numbers = new Map<Value, number>()
  const first = new Map<string, Value>()
  return rewritten(program, (value) => {
    const key = keyOf(value, numbers)
    const known = key === undefined ? undefined : first.get(key)
    if (known !== undefined) return known
    numbers.set(value, numbers.size)
    if (key !== undefined) first.set(key, value)
    return value
  })
}

/** Frozen data and inputs are what they are: only the same Value is equal to them. */
function keyOf(value: Value, numbers: ReadonlyMap<Value, number>): string | undefined {
  if (isOp(value, 'constant') || isOp(value, 'input')) return undefined
  const inputs = value.inputs.map((input) => numbers.get(input))
  return JSON.stringify([value.op, inputs, value.shape, value.dtype, value.attributes], exactly)
}

/** JSON has no NaN, no infinities and no −0. */
function exactly(_: string, entry: unknown): unknown {
  return Object.is(entry, -0) ? '-0' : typeof entry === 'number' ? String(entry) : entry
}
