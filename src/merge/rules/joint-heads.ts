import { MergeSpecError } from '../errors.ts'
import { headName } from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { ridged } from '../linear/gram.ts'
import { zeros } from '../linear/matrix.ts'
import type { Matrix, MergeSpec, RavanSpec, TargetModule } from '../types.ts'
import type { Holders } from './adapter-rule.ts'
import { readGram } from './read-gram.ts'
import type { Term } from './term.ts'
import { trainedValue } from './trained-value.ts'

/** What merging all heads of a module together asks of a charter. @throws MergeSpecError */
export function assertJoint({ adapter, rule, grams }: MergeSpec): void {
  if (adapter.kind !== 'ravan') {
    throw new MergeSpecError('rule', `${rule} needs an adapter of kind 'ravan'`, { adapter })
  }
  const form = gramForm({ rule, grams })?.form
  if (form === 'joint') return
  throw new MergeSpecError('grams', `${rule} needs joint Grams, the form is ${String(form)}`, { grams })
}

/**
 * What every contribution says of all heads of a module together: D_i = blockdiag(C_i1 … C_iH) under the joint Γ̃_i, both (s, s) for
 * s = heads·rank. Heads under a joint Gram travel together, so those who hold the first hold all.
 */
export function jointTerms(spec: MergeSpec, module: TargetModule, holders: Holders): readonly Term[] {
  const names = headNames(spec, module)
  return holders(names[0]!).map(({ view, weight }) => ({
    id: view.id,
    count: view.header.count,
    weight,
    value: blockDiagonal(names.map((name) => trainedValue(spec, module, name, view))),
    gram: ridged(readGram(spec, module, view), spec.ridge),
  }))
}

export function headNames({ adapter }: MergeSpec, { name }: TargetModule): readonly string[] {
  return Array.from({ length: (adapter as RavanSpec).heads }, (_, head) => headName(name, head))
}

/** Square blocks of one size along the diagonal, zeros beside them. */
export function blockDiagonal(blocks: readonly Matrix[]): Matrix {
  const rank = blocks[0]!.rows
  const result = zeros(blocks.length * rank, blocks.length * rank)
  blocks.forEach(({ data }, head) => {
    for (let i = 0; i < rank; i++) {
      result.data.set(data.subarray(i * rank, (i + 1) * rank), (head * rank + i) * result.cols + head * rank)
    }
  })
  return result
}

/** The block of rows and columns index·rank … (index+1)·rank − 1. */
export function diagonalBlock({ cols, data }: Matrix, rank: number, index: number): Matrix {
  const result = zeros(rank, rank)
  for (let i = 0; i < rank; i++) {
    const start = (index * rank + i) * cols + index * rank
    result.data.set(data.subarray(start, start + rank), i * rank)
  }
  return result
}
