import { z } from 'zod'
import { MAX_COUNT } from '../constants.ts'

const multiple = z.number().min(1).max(1e6)

/** How a merge limits what single contributions can do. */
export const robustSchema = z.strictObject({
  normalise: z.boolean(),
  countCap: z.union([
    // From 2 on, as the larger of two counts is at most twice their mean: two sites never limit each other.
    z.strictObject({ times: z.number().min(2).max(1e6) }),
    z.strictObject({ atMost: z.int().min(1).max(MAX_COUNT) }),
  ]),
  energyCap: multiple.optional(),
  directionalCap: z.strictObject({ floor: z.number().min(0).max(1), ceiling: multiple }).optional(),
  clip: multiple.optional(),
  filter: z.strictObject({ rule: z.literal('multi-krum'), byzantine: z.int().min(1).max(10_000) }).optional(),
  estimator: z
    .union([
      z.enum(['closed-form', 'geometric-median', 'coordinate-median']),
      z.strictObject({ rule: z.literal('trimmed-mean'), share: z.number().min(0).lt(0.5) }),
    ])
    .optional(),
})
