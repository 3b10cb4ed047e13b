import { operand } from '../../../graph/derivative.ts'
import { scaled } from '../../../graph/ops/mul.ts'
import { constant, uniformValue } from '../../../graph/ops/source.ts'
import { sameShape } from '../../../graph/shape.ts'
import type { Value } from '../../../graph/value.ts'
import { isOp, node } from '../../../graph/value.ts'
import type { Program } from '../../program.ts'
import { programOf } from '../../program.ts'
import { consumersOf } from './consumers.ts'
import type { Consumers } from './consumers.ts'
import { withInputs } from './rewritten.ts'

/** factor · value */
interface Scaled {
  readonly value: Value
  readonly factor: number
}

/**
 * Multiplications by a number become the factor of a matmul, which costs nothing, instead of a pass over memory: of the one
 * that computes what is multiplied, or of all that read the outcome. Others stay. Changes rounding alone.
 *
 *   k · (A B)       → (k A B)                     where nothing else reads A B
 *   k · (A B + c)   → (k A B) + k c               for a frozen c
 *   (k · x ∘ y) B   → k (x ∘ y) B                 where only matmuls read it, through products, reshapes and transposes
 */
export function foldScales(program: Program): Program {
  const consumers = consumersOf(program)
  const isFree = freeOfFactors(consumers)
  const results = new Map<Value, Scaled>()
  const rebuilt = (value: Value): Value => results.get(value)!.value

  for (const original of program.order) {
    const value = withInputs(original, original.inputs.map(rebuilt))
    const factor = original.inputs.reduce((product, input) => product * results.get(input)!.factor, 1)
    const source = scaledOperand(original)
    if (source === undefined) {
      results.set(original, carried(value, factor))
      continue
    }
    const x = rebuilt(source.value)
    const total = factor * source.factor
    if (hasPlaceForFactor(source.value, consumers)) results.set(original, carried(absorbed(x, total), 1))
    else if (isFree(original)) results.set(original, { value: x, factor: total })
    else results.set(original, { value: scaled(x, total), factor: 1 })
  }
  return programOf(Object.fromEntries(program.outputs.map(([name, value]) => [name, rebuilt(value)])))
}

/** x and k, where a Value is k · x in the shape of x. */
function scaledOperand(value: Value): Scaled | undefined {
  if (!isOp(value, 'mul')) return undefined
  for (const [x, other] of [value.inputs, value.inputs.toReversed()] as [Value, Value][]) {
    const factor = uniformValue(other)
    if (factor !== undefined && sameShape(x.shape, value.shape)) return { value: x, factor }
  }
  return undefined
}

/** A matmul takes the factors of what it reads; everything else that may read something with a factor passes it on. */
function carried(value: Value, factor: number): Scaled {
  return isOp(value, 'matmul') ? { value: rescaled(value, factor), factor: 1 } : { value, factor }
}

/** Whether x is a product, or one with a frozen addend, that is read by its multiplication alone. */
function hasPlaceForFactor(x: Value, consumers: Consumers): boolean {
  if (consumers.get(x)!.length > 1) return false
  if (isOp(x, 'matmul')) return true
  return isOp(x, 'add') && isOp(operand(x, 1), 'constant') && isProductReadOnce(operand(x, 0), consumers)
}

function isProductReadOnce(value: Value, consumers: Consumers): boolean {
  return isOp(value, 'matmul') && consumers.get(value)!.length === 1
}

/** factor · x, where x has a place for it. */
function absorbed(x: Value, factor: number): Value {
  if (isOp(x, 'matmul')) return rescaled(x, factor)
  const [product, addend] = [operand(x, 0), operand(x, 1)] as [Value<'matmul'>, Value<'constant'>]
  const data = Float32Array.from(addend.attributes.data, (entry) => factor * entry)
  return withInputs(x, [rescaled(product, factor), constant(data, addend.shape)])
}

function rescaled(product: Value<'matmul'>, factor: number): Value<'matmul'> {
  const { inputs, shape, attributes } = product
  if (factor === 1) return product
  return node('matmul', inputs, shape, { ...attributes, scale: attributes.scale * factor })
}

/** Tells of Values whether everything that reads them, at last a matmul, can apply a factor in their stead. */
function freeOfFactors(consumers: Consumers): (value: Value) => boolean {
  const known = new Map<Value, boolean>()
  const takes = (consumer: Value | undefined, value: Value): boolean => {
    if (consumer === undefined) return false
    if (isOp(consumer, 'matmul') || scaledOperand(consumer)?.value === value) return true
    if (isOp(consumer, 'mul')) return sameShape(consumer.shape, value.shape) && isFree(consumer)
    return (isOp(consumer, 'reshape') || isOp(consumer, 'transpose')) && isFree(consumer)
  }
  const isFree = (value: Value): boolean => {
    const isAlready = known.get(value)
    if (isAlready !== undefined) return isAlready
    const result = consumers.get(value)!.every((consumer) => takes(consumer, value))
    known.set(value, result)
    return result
  }
  return isFree
}
