import { z } from 'zod'
import { alphaSchema, rankSchema, seedSchema } from './adapter-fields.ts'
import type { AdapterKind } from './adapter-kind.ts'
import { zeros } from '../linear/matrix.ts'
import type { Random } from '../linear/random.ts'
import type { LoraSpec, Matrix } from '../types.ts'

/** What a charter says of it. */
export const loraSchema = z.strictObject({
  kind: z.literal('lora'),
  rank: rankSchema,
  alpha: alphaSchema,
  scaling: z.enum(['standard', 'rslora']).default('standard'),
  trains: z.enum(['A', 'B', 'AB']),
  seed: seedSchema,
})

/**
 * LoRA, delta(x) = scale · B A x.
 *
 *   trains 'B'    A uniform in ±1/√in from the seed and frozen, B starts at 0
 *   trains 'AB'   that A is where training starts
 *   trains 'A'    B uniform in ±1/√rank from the seed and frozen, A starts at 0
 *
 * @see kaiming_uniform(a = √5), as A starts in Hu et al., arXiv:2106.09685
 */
export const loraKind: AdapterKind<LoraSpec> = {
  span: ({ rank }) => ({ name: 'rank', width: rank }),
  frozen: ({ rank, trains }, module, random) =>
    trains === 'A'
      ? new Map([['lora_B', uniformMatrix(random('lora_B'), module.out, rank)]])
      : new Map([['lora_A', uniformMatrix(random('lora_A'), rank, module.in)]]),
  trained: ({ rank, trains }, module) =>
    new Map([
      ...(trains === 'A' ? [] : [['lora_B', [module.out, rank] as const] as const]),
      ...(trains === 'B' ? [] : [['lora_A', [rank, module.in] as const] as const]),
    ]),
  parts: () => [],
}

/**
 * Factor of B A x: alpha / rank, or with scaling 'rslora' alpha / √rank, which keeps the size of the sum over the rank's
 * directions from fading as the rank grows.
 *
 * @see rsLoRA, Kalajdzievski, arXiv:2312.03732
 */
export function loraScale({ alpha, rank, scaling }: Pick<LoraSpec, 'alpha' | 'rank' | 'scaling'>): number {
  return scaling === 'rslora' ? alpha / Math.sqrt(rank) : alpha / rank
}

function uniformMatrix(random: Random, rows: number, cols: number): Matrix {
  const bound = 1 / Math.sqrt(cols)
  const result = zeros(rows, cols)
  for (let i = 0; i < result.data.length; i++) result.data[i] = (2 * random.uniform() - 1) * bound
  return result
}
