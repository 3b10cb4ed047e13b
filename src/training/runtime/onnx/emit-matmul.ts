import type { Value } from '../../graph/value.ts'
import { emitStandardMatmul } from './emit-matmul-standard.ts'
import type { Emit, Emitter } from './emitter.ts'
import type { ProductWithAddend } from './products-with-addend.ts'

const CONTRIB = 'com.microsoft'
const THIN_RATIO = 8

export const emitMatmul: Emit<'matmul'> = (value, inputs, emitter) => {
  const { transposeA, transposeB, scale } = value.attributes
  if (!transposeA && !transposeB && scale === 1) return emitter.node('MatMul', inputs)
  if (emitter.dialect === 'standard') return emitStandardMatmul(value, inputs, emitter)
  if (isThinProductOfTransposed(value)) return emitTransposedProduct(value, inputs, emitter)
  const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } }
  return emitter.node('FusedMatMul', inputs, { domain: CONTRIB, attributes })
}

/** Aᵀ op(B), tall and thin: the gradient of a low-rank factor. */
function isThinProductOfTransposed(value: Value<'matmul'>): boolean {
  const [rows = 0, cols = 0] = value.shape
  return value.attributes.transposeA && value.shape.length === 2 && cols * THIN_RATIO <= rows
}

/** (op(B)ᵀ A)ᵀ: the kernel copies what it reads transposed, and here that is the small operand. Half the time of Aᵀ op(B). */
const emitTransposedProduct: Emit<'matmul'> = (value, [a, b], emitter) => {
  const { transposeB, scale } = value.attributes
  const attributes = { transA: Number(!transposeB), transB: 0, alpha: { float: scale } }
  const product = emitter.node('FusedMatMul', [b!, a!], { domain: CONTRIB, attributes })
  return emitter.node('Transpose', [product], { attributes: { perm: [1, 0] } })
}

/** Adds a sum whose first term is a product that nothing else reads. */
export function emitGemm(sum: Value, { product, addend }: ProductWithAddend, emitter: Emitter): void {
  const { transposeA, transposeB, scale } = product.attributes
  const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } }
  const inputs = [...product.inputs, addend].map((input) => emitter.nameOf(input))
  emitter.setName(sum, emitter.node('Gemm', inputs, { attributes }))
}
