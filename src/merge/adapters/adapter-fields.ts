import { z } from 'zod'
import { MAX_RANK } from '../constants.ts'

/** Names inside a spec: of modules, classes, seeds. */
export const labelSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, 'expected 1 to 256 characters, no control characters')

/** Fields that several kinds of adapter have. */
export const rankSchema = z.int().min(1).max(MAX_RANK)
export const alphaSchema = z.number().positive().max(1e6)
export const seedSchema = labelSchema
