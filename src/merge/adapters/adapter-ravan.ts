import { z } from 'zod'
import { alphaSchema, rankSchema, seedSchema } from './adapter-fields.ts'
import type { AdapterKind } from './adapter-kind.ts'
import { MAX_HEADS } from '../constants.ts'
import { orthonormalizeRows } from '../linear/gram-schmidt.ts'
import { transpose, zeros } from '../linear/matrix.ts'
import type { Random } from '../linear/random.ts'
import type { Matrix, RavanSpec } from '../types.ts'

/** What a charter says of it. */
export const ravanSchema = z.strictObject({
  kind: z.literal('ravan'),
  heads: z.int().min(1).max(MAX_HEADS),
  rank: rankSchema,
  alpha: alphaSchema,
  bases: z.enum(['gram-schmidt', 'normal']).default('gram-schmidt'),
  seed: seedSchema,
})

/**
 * Multi-head LoRA, delta(x) = alpha · Σ_h B_h C_h A_h x; A (heads·rank, in) and B (out, heads·rank) are frozen, head h holds rows
 * h·rank … (h+1)·rank − 1 of A and those columns of B.
 *
 *   bases 'gram-schmidt'   normal numbers, then rows of A and columns of B made orthonormal
 *   bases 'normal'         normal numbers of variance 1/in in A, 1/out in B: rows of A and columns of B of length about 1
 *
 * @see Ravan, NeurIPS 2025
 */
export const ravanKind: AdapterKind<RavanSpec> = {
  span: ({ heads, rank }) => ({ name: 'heads times rank', width: heads * rank }),
  frozen: ({ heads, rank, bases }, module, random) => {
    const draw = bases === 'normal' ? scaledRows : orthonormalRows
    return new Map([
      ['A', draw(random('A'), heads * rank, module.in)],
      ['B', transpose(draw(random('B'), heads * rank, module.out))],
    ])
  },
  trained: (spec) => new Map(headNames(spec).map((name) => [name, [spec.rank, spec.rank] as const])),
  parts: (spec) => headNames(spec),
}

function headNames({ heads }: RavanSpec): string[] {
  return Array.from({ length: heads }, (_, head) => `head.${head}`)
}

function orthonormalRows(random: Random, rows: number, cols: number): Matrix {
  return orthonormalizeRows(normalMatrix(random, rows, cols))
}

function scaledRows(random: Random, rows: number, cols: number): Matrix {
  const result = normalMatrix(random, rows, cols)
  const deviation = 1 / Math.sqrt(cols)
  for (let i = 0; i < result.data.length; i++) result.data[i]! *= deviation
  return result
}

function normalMatrix(random: Random, rows: number, cols: number): Matrix {
  const result = zeros(rows, cols)
  for (let i = 0; i < result.data.length; i++) result.data[i] = random.normal()
  return result
}
