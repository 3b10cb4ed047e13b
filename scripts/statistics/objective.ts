import {
  frozenFactors,
  loraAName,
  loraBName,
  matmul,
  solveSymmetric,
  transpose,
} from '../../src/merge/index.ts'
import type { LoraSpec, Matrix, TargetModule, Tensor, TensorMap } from '../../src/merge/index.ts'
import { frozenA, type SiteGram } from './site-grams.ts'

/** Enough to solve where sites have no data in some direction, and below what any form adds. */
const TINY = 1e-9

/** J(T) = Σᵢ tr(K (T − Tᵢ) Sᵢ (T − Tᵢ)ᵀ), Σᵢ ‖(W − Wᵢ) Xᵢ‖² up to the square of the adapter's scale; T is the trained factor. */
export class Objective {
  readonly #kernel: Matrix | undefined
  readonly #sites: readonly { readonly factor: Matrix; readonly gram: Matrix }[]
  readonly name: string

  constructor(
    adapter: LoraSpec,
    module: TargetModule,
    sites: readonly { adapter: TensorMap; gram: SiteGram }[],
  ) {
    const trainsA = adapter.trains === 'A'
    this.name = trainsA ? loraAName(module.name) : loraBName(module.name)
    const cols = trainsA ? module.in : adapter.rank
    const a = trainsA ? undefined : frozenA(module, adapter)
    this.#sites = sites.map(({ adapter: state, gram: { matrix } }) => {
      const gram = a === undefined ? matrix : matmul(matmul(a, matrix), transpose(a))
      return { factor: asMatrix(state.get(this.name)!, cols), gram }
    })
    if (!trainsA) return
    const b = asMatrix(frozenFactors(adapter, [module]).get(`frozen/${module.name}/lora_B`)!, adapter.rank)
    this.#kernel = matmul(transpose(b), b)
  }

  of(value: Tensor | Matrix): number {
    const factor = 'cols' in value ? value : asMatrix(value, this.#sites[0]!.factor.cols)
    let total = 0
    for (const { factor: own, gram } of this.#sites) {
      const difference = { ...factor, data: factor.data.map((entry, i) => entry - own.data[i]!) }
      const outer = matmul(matmul(difference, gram), transpose(difference))
      total += tracesProduct(this.#kernel, outer)
    }
    return total
  }

  /** The least value. */
  optimum(): number {
    const { rows, cols } = this.#sites[0]!.factor
    const numerator: Matrix = { rows, cols, data: new Float64Array(rows * cols) }
    const denominator: Matrix = { rows: cols, cols, data: new Float64Array(cols * cols) }
    for (const { factor, gram } of this.#sites) {
      let mean = 0
      for (let i = 0; i < cols; i++) mean += gram.data[i * cols + i]! / cols
      const safe = { ...gram, data: gram.data.slice() }
      for (let i = 0; i < cols; i++) safe.data[i * cols + i]! += TINY * mean
      matmul(factor, safe).data.forEach((entry, i) => (numerator.data[i]! += entry))
      safe.data.forEach((entry, i) => (denominator.data[i]! += entry))
    }
    return this.of(solveSymmetric(denominator, numerator, 'sum of Grams'))
  }
}

/** tr(K M), or tr(M). */
function tracesProduct(kernel: Matrix | undefined, outer: Matrix): number {
  const n = outer.rows
  let total = 0
  for (let i = 0; i < n; i++) {
    if (kernel === undefined) total += outer.data[i * n + i]!
    else for (let j = 0; j < n; j++) total += kernel.data[i * n + j]! * outer.data[j * n + i]!
  }
  return total
}

function asMatrix({ data }: Tensor, cols: number): Matrix {
  return { rows: data.length / cols, cols, data: Float64Array.from(data) }
}
