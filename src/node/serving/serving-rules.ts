import { z } from 'zod'

/** When a node lets a new model take the place of the one that its site serves; docs/serving.md explains. */
export const servingSchema = z.strictObject({
  /** `manual`: never by itself. */
  adopt: z.enum(['auto', 'manual']).default('auto'),
  /** How much more of the held-out samples it must have right than what is served, as a share; below 0 it may have fewer. */
  margin: z.number().min(-1).max(1).default(0),
  /** Least share right of every class that has samples held out. */
  perClassFloor: z.number().min(0).max(1).default(0),
})

export type ServingRules = z.infer<typeof servingSchema>
