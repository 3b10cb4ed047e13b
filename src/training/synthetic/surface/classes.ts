import { crack } from './defects/crack.ts'
import { dent } from './defects/dent.ts'
import { pits } from './defects/pits.ts'
import { scratch } from './defects/scratch.ts'
import { stain } from './defects/stain.ts'
import type { Defect } from './types.ts'

/** Every class with what makes it; `good` is a surface without a defect. */
export const DEFECTS: Readonly<Record<string, Defect | null>> = {
  good: null,
  scratch,
  crack,
  pits,
  stain,
  dent,
}

/** Names of the classes, in row order. */
export const SURFACE_CLASSES: readonly string[] = Object.keys(DEFECTS)
