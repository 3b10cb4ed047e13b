import {
  gramForm,
  gramName,
  gramOwner,
  gramRestName,
  gramVectorsName,
  packedGramSize,
} from '../format/gram-tensors.ts'
import type { Safetensors } from '../format/safetensors-reader.ts'
import { gramTrace, packedGram, ridged } from '../linear/gram.ts'
import { packedLength } from '../linear/packed-symmetric.ts'
import { isPositiveDefinite } from '../linear/symmetric-solve.ts'
import type { ContributionHeader, MergeSpec, TargetModule } from '../types.ts'
import { checkTrace, indefinite, MARGIN } from './check-trace.ts'
import { reject } from './validation.ts'

/** Each module's Gram, in whatever form: plausible trace, positive definite with half of its ridge. */
export function checkGrams(spec: MergeSpec, { count }: ContributionHeader, file: Safetensors): void {
  const form = gramForm(spec)?.form
  for (const module of spec.modules) {
    if (gramOwner(spec, module) !== module.name) continue
    if (form === 'diagonal') checkDiagonal(module, count, file)
    else if (form === 'top-k') checkTopPairs(module, count, file)
    else checkPacked(spec, module, count, file)
  }
}

/** One packed matrix, or of ravan's projected form a row for each trained head. */
function checkPacked(spec: MergeSpec, module: TargetModule, count: number, file: Safetensors): void {
  const { name } = module
  const { data, shape } = file.tensor(gramName(name))
  const size = packedGramSize(spec, module)!
  const length = packedLength(size)
  for (let at = 0; at < data.length; at += length) {
    const what = shape.length > 1 ? `${gramName(name)}, row ${at / length}` : gramName(name)
    const gram = packedGram(data.subarray(at, at + length), size)
    checkTrace(what, gramTrace(gram), count)
    if (!isPositiveDefinite(ridged(gram, MARGIN * spec.ridge))) indefinite(what)
  }
}

function checkDiagonal({ name }: TargetModule, count: number, file: Safetensors): void {
  const { data } = file.tensor(gramName(name))
  checkNotNegative(gramName(name), data)
  checkTrace(gramName(name), sum(data), count)
}

/** λ_1 ≥ … ≥ λ_k ≥ rest ≥ 0, and vectors of length 1 but for rounding: then the Gram is positive semi-definite. */
function checkTopPairs({ name, in: width }: TargetModule, count: number, file: Safetensors): void {
  const { data: values } = file.tensor(gramName(name))
  const { data: vectors } = file.tensor(gramVectorsName(name))
  const rest = file.tensor(gramRestName(name)).data[0]!
  checkNotNegative(gramRestName(name), [rest])
  const low = values.findIndex((value, j) => value < (j === values.length - 1 ? rest : values[j + 1]!))
  if (low >= 0) indefinite(`${gramName(name)}, value ${low}`)
  for (let j = 0; j < values.length; j++) {
    const length = sum(vectors.subarray(j * width, (j + 1) * width).map((v) => v * v))
    if (Math.abs(length - 1) > UNIT_TOLERANCE) {
      reject('bad-vector', `${gramVectorsName(name)}, row ${j} has squared length ${length}, expected 1`)
    }
  }
  checkTrace(gramName(name), sum(values) + rest * (width - values.length), count)
}

/** Rounding entries to bfloat16 changes a squared length by at most 2⁻⁷. */
const UNIT_TOLERANCE = 0.01

function checkNotNegative(name: string, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) if (!(data[i]! >= 0)) indefinite(`${name}, entry ${i}`)
}

function sum(data: Float32Array): number {
  return data.reduce((total, value) => total + value, 0)
}
