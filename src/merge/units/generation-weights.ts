import { groupBy } from './group-by.ts'
import type { ContributionHeader } from '../types.ts'

/** Highest generation, 0 for none. */
export function newestGeneration(items: readonly { readonly header: ContributionHeader }[]): number {
  return items.reduce((newest, { header }) => Math.max(newest, header.generation), 0)
}

/**
 * γ^(newest of its task − generation) for each contribution: a state left behind by a dead site fades, while what all sites
 * together have learnt of an earlier task does not.
 *
 * By repeated multiplication from 1, as `Math.pow` may differ between engines; ends early at 0.
 */
export function generationWeights(
  decay: number,
  items: readonly { readonly header: ContributionHeader }[],
): readonly number[] {
  const tasks = groupBy(items, ({ header }) => header.task)
  const newest = new Map([...tasks].map(([task, same]) => [task, newestGeneration(same)]))
  return items.map(({ header }) => power(decay, newest.get(header.task)! - header.generation))
}

function power(base: number, exponent: number): number {
  if (base === 1) return 1
  let result = 1
  for (let i = 0; i < exponent && result > 0; i++) result *= base
  return result
}
