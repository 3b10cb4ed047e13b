import { headName, matmul, solveSymmetric, transpose } from '../../merge/index.ts'
import type { Matrix, RavanSpec, TargetModule, Tensor } from '../../merge/index.ts'
import { AdapterFormError } from '../errors.ts'
import type { LowRankAdapter } from './adapter.ts'
import { assertSameFactor, wireTensor } from './wire-tensor.ts'

/** Largest part of B that a core may fail to give, relative to the largest entry: rounding to float32, some times over. */
const TOLERANCE = 1e-5

/**
 * Heads between frozen bases as plain LoRA of rank heads·rank, and back.
 *
 *   A = [A_1; …; A_H]      B = [B_1 C_1, …, B_H C_H]      alpha_lora = alpha · heads · rank, so that the scale is alpha
 *   C_h = (B_hᵀ B_h)⁻¹ B_hᵀ B[:, h]
 *
 * Precision: float64, rounded to float32 once.
 */
export function ravanAsLora(
  { heads, rank, alpha }: RavanSpec,
  module: TargetModule,
  basisA: Tensor,
  basisB: Tensor,
): Pick<LowRankAdapter, 'loraForm' | 'toLora' | 'fromLora'> {
  const width = heads * rank
  const bases = Array.from({ length: heads }, (_, head) => columns(basisB, width, head * rank, rank))
  return {
    loraForm: { rank: width, alpha: alpha * width, scaling: 'standard' },
    toLora: (wire) => {
      const b = new Float32Array(module.out * width)
      for (const [head, basis] of bases.entries()) {
        const core = wireTensor(wire, headName(module.name, head), [rank, rank])
        writeColumns(b, width, head * rank, matmul(basis, asMatrix(core, rank)))
      }
      return { a: basisA, b: { shape: [module.out, width], data: b } }
    },
    fromLora: ({ a, b }) => {
      assertSameFactor(module.name, 'A', a, basisA)
      return new Map(
        bases.map((basis, head) => {
          const core = coreOf(module.name, head, basis, columns(b, width, head * rank, rank))
          return [headName(module.name, head), { shape: [rank, rank], data: Float32Array.from(core.data) }]
        }),
      )
    },
  }
}

/** @throws AdapterFormError - the columns lie outside of the head's basis */
function coreOf(module: string, head: number, basis: Matrix, b: Matrix): Matrix {
  const transposed = transpose(basis)
  const gram = matmul(transposed, basis)
  const core = transpose(solveSymmetric(gram, transpose(matmul(transposed, b)), 'basis of a head'))
  const back = matmul(basis, core)
  const largest = b.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const error = b.data.reduce((most, value, i) => Math.max(most, Math.abs(value - back.data[i]!)), 0)
  if (error <= TOLERANCE * largest) return core
  const problem =
    `head ${head}: its B is not a product of the frozen B of the charter's seed and a core ` +
    `(off by ${error} where entries reach ${largest}); train from an adapter that this consortium has exported`
  throw new AdapterFormError(module, problem)
}

function asMatrix({ data }: Tensor, cols: number): Matrix {
  return { rows: data.length / cols, cols, data: Float64Array.from(data) }
}

function columns({ data }: Tensor, width: number, from: number, count: number): Matrix {
  const rows = data.length / width
  const result = new Float64Array(rows * count)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) result[i * count + j] = data[i * width + from + j]!
  }
  return { rows, cols: count, data: result }
}

function writeColumns(out: Float32Array, width: number, from: number, { rows, cols, data }: Matrix): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) out[i * width + from + j] = data[i * cols + j]!
  }
}
