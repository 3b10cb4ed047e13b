import { createRandom } from '../../merge/index.ts'
import type { Random as UniformRandom } from '../../merge/index.ts'

/** A seeded stream of chance with the draws that pictures need. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** Mean 0, variance 1, nearly normal. */
  normal(): number
  /** True with the probability given. */
  chance(probability: number): boolean
  /** A seed for a noise field. */
  fieldSeed(): number
  shuffle: UniformRandom['shuffle']
}

const PER_UINT32 = 4_294_967_296

/** The stream of a seed; streams of different seeds are independent for all that pictures need. */
export function seededRandom(seed: string): Random {
  const random = createRandom(seed)
  const next = (): number => random.uint32() / PER_UINT32
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    below: (bound) => random.below(bound),
    normal: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
    chance: (probability) => next() < probability,
    fieldSeed: () => random.uint32() | 0,
    shuffle: (items) => random.shuffle(items),
  }
}
