// LoRM written down entry by entry in float64, sharing nothing with the code under test.
import type { ContributionView, TargetModule, Tensor } from '../../../../src/merge/types.ts'

export type Rows = number[][]

export const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)))
export const turned = (a: Rows): Rows => a[0]!.map((_, j) => a.map((row) => row[j]!))
export const plus = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((value, j) => value + b[i]![j]!))
export const scaled = (a: Rows, by: number): Rows => a.map((row) => row.map((value) => by * value))

/** Gauss–Jordan with the largest pivot. */
export function inverse(matrix: Rows): Rows {
  const n = matrix.length
  const work = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let at = 0; at < n; at++) {
    let pivot = at
    for (let i = at; i < n; i++) if (Math.abs(work[i]![at]!) > Math.abs(work[pivot]![at]!)) pivot = i
    ;[work[at], work[pivot]] = [work[pivot]!, work[at]!]
    const by = work[at]![at]!
    work[at] = work[at]!.map((value) => value / by)
    for (let i = 0; i < n; i++) {
      const factor = work[i]![at]!
      if (i !== at) work[i] = work[i]!.map((value, j) => value - factor * work[at]![j]!)
    }
  }
  return work.map((row) => row.slice(n))
}

export function rowsOf({ shape, data }: Tensor): Rows {
  const [rows, cols] = [shape[0]!, shape[1] ?? 1]
  return Array.from({ length: rows }, (_, i) => [...data.subarray(i * cols, (i + 1) * cols)])
}

/** A lower triangle by rows. */
export function unpacked(data: ArrayLike<number>, size: number): Rows {
  const at = (i: number, j: number): number => data[(i * (i + 1)) / 2 + j]!
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i >= j ? at(i, j) : at(j, i)))) // prettier-ignore
}

/** G + ρ·tr(G)/d · I */
export function ridged(gram: Rows, ridge: number): Rows {
  const added = (ridge * gram.reduce((sum, row, i) => sum + row[i]!, 0)) / gram.length
  return gram.map((row, i) => row.map((value, j) => (i === j ? value + added : value)))
}

/** (Σ W_i G̃_i)(Σ G̃_i)⁻¹ */
export function weighed(values: readonly Rows[], grams: readonly Rows[], ridge: number): Rows {
  const safe = grams.map((gram) => ridged(gram, ridge))
  const numerator = values.map((value, i) => times(value, safe[i]!)).reduce(plus)
  return times(numerator, inverse(safe.reduce(plus)))
}

export const gramOf = (view: ContributionView, { name }: TargetModule, size: number): Rows =>
  unpacked(view.tensor(`gram/${name}`).data, size)

export const factorOf = (view: ContributionView, { name }: TargetModule, factor: 'A' | 'B'): Rows =>
  rowsOf(view.tensor(`adapter/${name}/lora_${factor}`))

/** w_c = Σ n_ic w_ic / Σ n_ic; undefined for a class that nobody holds. */
export function rowByCounts(views: readonly ContributionView[], row: number): number[] | undefined {
  const total = views.reduce((sum, { header }) => sum + header.classCounts[row]!, 0)
  if (total === 0) return undefined
  const rows = views.map((view) => scaled([rowsOf(view.tensor('classifier/weight'))[row]!], view.header.classCounts[row]! / total)) // prettier-ignore
  return rows.reduce(plus)[0]!
}
