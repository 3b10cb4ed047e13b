import { z } from 'zod'
import type { LinkQuality } from './carry.ts'

/** What is wrong with the links between sites; nothing where it is empty. */
export const faultsSchema = z.strictObject({
  /** Sites that reach each other, group by group; those that no group names are with the first. Fewer than two groups: no partition. */
  groups: z.array(z.array(z.string())).default([]),
  /** Links to and from these sites are slow. */
  slow: z
    .record(z.string(), z.strictObject({ delayMs: z.number().min(0), bytesPerSecond: z.number().min(1024) }))
    .default({}),
})

export type Faults = z.infer<typeof faultsSchema>

export const NO_FAULTS: Faults = { groups: [], slow: {} }

export function isCut({ groups }: Faults, a: string, b: string): boolean {
  return groupOf(groups, a) !== groupOf(groups, b)
}

function groupOf(groups: readonly (readonly string[])[], site: string): number {
  return Math.max(
    0,
    groups.findIndex((group) => group.includes(site)),
  )
}

/** The worse of what holds for the two ends. */
export function qualityOf({ slow }: Faults, a: string, b: string): LinkQuality {
  const ends = [slow[a], slow[b]].filter((one) => one !== undefined)
  if (ends.length === 0) return {}
  return {
    delayMs: Math.max(...ends.map(({ delayMs }) => delayMs)),
    bytesPerSecond: Math.min(...ends.map(({ bytesPerSecond }) => bytesPerSecond)),
  }
}
