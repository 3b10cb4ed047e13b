import { operand } from '../../graph/derivative.ts'
import { broadcastShapes, sameShape } from '../../graph/shape.ts'
import type { Value } from '../../graph/value.ts'
import { isOp } from '../../graph/value.ts'
import type { Program } from '../program.ts'
import { usesOf } from '../uses.ts'

export interface ProductWithAddend {
  readonly product: Value<'matmul'>
  readonly addend: Value
}

/**
 * The sums that ONNX can compute as one Gemm, product + addend: a two-dimensional product that nothing else reads, and an
 * addend that stretches to it. Saves one pass over the result (a bias, the weight under a low-rank addition).
 */
export function productsWithAddend(program: Program): Map<Value, ProductWithAddend> {
  const uses = usesOf(program)
  const found = new Map<Value, ProductWithAddend>()
  for (const value of program.order) {
    if (!isOp(value, 'add')) continue
    const [left, right] = [operand(value, 0), operand(value, 1)]
    const pair = fused(left, right, uses) ?? fused(right, left, uses)
    if (pair !== undefined) found.set(value, pair)
  }
  return found
}

function fused(
  product: Value,
  addend: Value,
  uses: ReadonlyMap<Value, number>,
): ProductWithAddend | undefined {
  if (!isOp(product, 'matmul') || uses.get(product) !== 1) return undefined
  const isFlat = product.inputs.every((input) => input.shape.length === 2)
  const fits =
    addend.shape.length <= 2 && sameShape(broadcastShapes('Gemm', addend.shape, product.shape), product.shape)
  return isFlat && fits ? { product, addend } : undefined
}
