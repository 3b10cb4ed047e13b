import type { Split } from './samples.ts'
import { createRandom } from '../../merge/index.ts'

export interface SplitRule {
  /** Share of every class used for training, between 0 and 1. */
  readonly trainFraction: number
  readonly splitSeed: string
  readonly classes: readonly string[]
}

/**
 * Divides every class by a seeded shuffle: round(n · trainFraction) samples to train, at least one on each side where
 * the class has two; a class of one sample is trained on. A class is shuffled by its own name, so that adding a class
 * does not move the samples of another.
 */
export function stratifiedSplit<T>(perClass: readonly (readonly T[])[], rule: SplitRule): Record<Split, T[]> {
  const train: T[] = []
  const heldOut: T[] = []
  for (const [label, samples] of perClass.entries()) {
    const random = createRandom(`${rule.splitSeed}/split/${rule.classes[label] ?? label}`)
    const order = random.shuffle(Int32Array.from(samples.keys()))
    const cut = trainCount(samples.length, rule.trainFraction)
    for (const i of order.slice(0, cut).sort()) train.push(samples[i]!)
    for (const i of order.slice(cut).sort()) heldOut.push(samples[i]!)
  }
  return { train, heldOut }
}

function trainCount(count: number, fraction: number): number {
  if (count < 2) return count
  return Math.min(Math.max(Math.round(count * fraction), 1), count - 1)
}
