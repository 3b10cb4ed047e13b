import {
  frozenFactors,
  gramName,
  matmul,
  packSymmetric,
  transpose,
  unpackSymmetric,
} from '../../src/merge/index.ts'
import type { GramSpec, LoraSpec, Matrix, TargetModule, Tensor, TensorMap } from '../../src/merge/index.ts'
import { topEigenpairs } from '../../src/training/passes/top-eigenpairs.ts'
import { wireGram } from '../../src/training/passes/wire-gram.ts'

/** One site's Gram of one input in every form, from the whole one as it was measured. */
export class SiteGram {
  readonly packed: Tensor
  readonly #width: number
  readonly #most: number
  #pairs: { values: Float64Array; vectors: Float64Array } | undefined

  /** @param most - eigenpairs to compute, once; smaller k take the first of them */
  constructor(packed: Tensor, width: number, most: number) {
    this.packed = packed
    this.#width = width
    this.#most = most
  }

  get matrix(): Matrix {
    return unpackSymmetric(this.packed.data, this.#width)
  }

  /** The tensors of a contribution in this form. */
  tensors(module: TargetModule, form: GramSpec, adapter: LoraSpec): TensorMap {
    switch (form.form) {
      case 'full':
        return wireGram(module.name, { kind: 'full', packed: this.packed })
      case 'diagonal': {
        const { rows, data } = this.matrix
        const diagonal = Float32Array.from({ length: rows }, (_, i) => data[i * rows + i]!)
        return wireGram(module.name, { kind: 'diagonal', diagonal: { shape: [rows], data: diagonal } })
      }
      case 'top-k':
        return wireGram(module.name, this.#top(form.k))
      case 'projected':
      case 'joint':
        return new Map([[gramName(module.name), projected(this.matrix, module, adapter)]])
    }
  }

  #top(k: number): Parameters<typeof wireGram>[1] {
    const d = this.#width
    this.#pairs ??= topEigenpairs(this.packed.data, d, Math.min(this.#most, d - 1))
    const values = Float32Array.from(this.#pairs.values.subarray(0, k), (value) => Math.max(0, value))
    const { data } = this.matrix
    let rest = 0
    for (let i = 0; i < d; i++) rest += data[i * d + i]!
    for (const value of values) rest -= value
    const vectors = Float32Array.from(this.#pairs.vectors.subarray(0, k * d))
    return { kind: 'top-k', values: { shape: [k], data: values }, vectors: { shape: [k, d], data: vectors }, rest: Math.min(Math.max(0, rest / (d - k)), values[k - 1]!) } // prettier-ignore
  }
}

/** The frozen A of a module in float64. */
export function frozenA(module: TargetModule, adapter: LoraSpec): Matrix {
  const { data } = frozenFactors(adapter, [module]).get(`frozen/${module.name}/lora_A`)!
  return { rows: adapter.rank, cols: module.in, data: Float64Array.from(data) }
}

function projected(gram: Matrix, module: TargetModule, adapter: LoraSpec): Tensor {
  const a = frozenA(module, adapter)
  const packed = packSymmetric(matmul(matmul(a, gram), transpose(a)))
  return { shape: [packed.length], data: Float32Array.from(packed) }
}
