import type { ImageFile, Split } from './dataset.ts'
import { createRandom } from '../../merge/index.ts'

export interface SplitRule {
  /** Share of every class used for training, between 0 and 1. */
  readonly trainFraction: number
  readonly splitSeed: string
  readonly classes: readonly string[]
}

/**
 * Divides every class by a seeded shuffle: round(n · trainFraction) images to train, at least one on each side where
 * the class has two; a class of one image is trained on. A class is shuffled by its own name, so that adding a class
 * does not move the images of another.
 */
export function stratifiedSplit(
  perClass: readonly (readonly ImageFile[])[],
  rule: SplitRule,
): Record<Split, ImageFile[]> {
  const train: ImageFile[] = []
  const heldOut: ImageFile[] = []
  for (const [label, files] of perClass.entries()) {
    const random = createRandom(`${rule.splitSeed}/split/${rule.classes[label] ?? label}`)
    const order = random.shuffle([...files.keys()])
    const cut = trainCount(files.length, rule.trainFraction)
    const pick = (ranks: number[]): ImageFile[] => ranks.sort((a, b) => a - b).map((i) => files[i]!)
    train.push(...pick(order.slice(0, cut)))
    heldOut.push(...pick(order.slice(cut)))
  }
  return { train, heldOut }
}

function trainCount(count: number, fraction: number): number {
  if (count < 2) return count
  return Math.min(Math.max(Math.round(count * fraction), 1), count - 1)
}
