import type { Value } from '../../graph/value.ts'
import type { Emit, Emitter } from './emitter.ts'

/**
 * scale · op(A) op(B) in operators of the ONNX standard alone: Gemm for matrices; for batches of them, whose product has neither
 * transposition nor factor there, Transpose and Mul around MatMul.
 */
export const emitStandardMatmul: Emit<'matmul'> = (value, [a, b], emitter) => {
  const { transposeA, transposeB, scale } = value.attributes
  if (value.inputs.every(({ shape }) => shape.length === 2)) {
    const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } }
    return emitter.node('Gemm', [a!, b!], { attributes })
  }
  const left = transposeA ? transposed(value.inputs[0]!, a!, emitter) : a!
  const right = transposeB ? transposed(value.inputs[1]!, b!, emitter) : b!
  const product = emitter.node('MatMul', [left, right])
  return scale === 1 ? product : emitter.node('Mul', [product, emitter.float(scale)])
}

function transposed({ shape }: Value, name: string, emitter: Emitter): string {
  const rank = shape.length
  const perm = shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis))
  return emitter.node('Transpose', [name], { attributes: { perm } })
}
