import { loraScale } from '../adapters/adapter-lora.ts'
import { frozenName } from '../adapters/frozen-factors.ts'
import { keptFactors } from '../adapters/kept-factors.ts'
import { matmul, matrixFromTensor, transpose } from '../linear/matrix.ts'
import type { AdapterSpec, Matrix, TargetModule } from '../types.ts'

/**
 * tr(Δ G Δᵀ): the squared outputs of a delta over all inputs behind G, from the trained tensors and the Grams of what they meet.
 *
 *   lora, B trained    s²·tr(B S Bᵀ), S = A G Aᵀ        lora, A trained   s²·tr(BᵀB · A G Aᵀ)
 *   ravan              α²·Σ_h tr(C_h Γ_h C_hᵀ)          as the frozen B has orthonormal columns
 *
 * Tensors without a Gram do not count. Cost: rows·size² a tensor.
 */
export function squaredResponse(
  spec: AdapterSpec,
  module: TargetModule,
  values: ReadonlyMap<string, Matrix>,
  grams: ReadonlyMap<string, Matrix>,
): number {
  let sum = 0
  for (const [name, gram] of grams) {
    const value = values.get(name)!
    const responses = matmul(matmul(value, gram), transpose(value)) // (rows, rows)
    sum += innerProduct(responses, outputGram(spec, module, value.rows))
  }
  const scale = spec.kind === 'lora' ? loraScale(spec) : spec.alpha
  return Math.max(0, scale * scale * sum)
}

/** BᵀB for a trained A under a frozen B; undefined stands for the identity. */
function outputGram(spec: AdapterSpec, module: TargetModule, rank: number): Matrix | undefined {
  if (spec.kind !== 'lora' || spec.trains !== 'A') return undefined
  const name = frozenName(module.name, 'lora_B')
  const b = matrixFromTensor(name, keptFactors(spec, module).get(name)!, module.out, rank)
  return matmul(transpose(b), b)
}

function innerProduct(a: Matrix, b: Matrix | undefined): number {
  let sum = 0
  if (b === undefined) for (let i = 0; i < a.rows; i++) sum += a.data[i * a.cols + i]!
  else for (let i = 0; i < a.data.length; i++) sum += a.data[i]! * b.data[i]!
  return sum
}
