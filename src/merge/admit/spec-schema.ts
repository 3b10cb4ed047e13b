import { z } from 'zod'
import { labelSchema } from '../adapters/adapter-fields.ts'
import { adapterSchema } from '../adapters/adapter-kinds.ts'
import {
  MAX_CLASSES,
  MAX_COUNT,
  MAX_FEATURES,
  MAX_GENERATION,
  MAX_MODULES,
  MAX_RANK,
  MIN_CLASSIFIER_RIDGE,
} from '../constants.ts'
import { MERGE_RULES } from '../rules/adapter-rules.ts'
import { robustSchema } from './robust-schema.ts'

const integer = (min: number, max: number): z.ZodInt => z.int().min(min).max(max)

/** How the output layer is merged. */
const classifierSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('counts') }),
  z.strictObject({ rule: z.literal('affine') }),
  z.strictObject({
    rule: z.literal('regmean'),
    alpha: z.number().min(0).max(1),
    holdersOnly: z.boolean().optional(),
  }),
  z.strictObject({
    rule: z.literal('analytic'),
    features: z.enum(['frozen', 'merged']),
    fit: z.enum(['ridge', 'discriminant']).optional(),
    ridge: z.number().min(MIN_CLASSIFIER_RIDGE).max(1e6),
  }),
])

/** What contributions say of the inputs of target modules. */
export const gramSchema = z.discriminatedUnion('form', [
  z.strictObject({ form: z.literal('projected') }),
  z.strictObject({ form: z.literal('joint') }),
  z.strictObject({ form: z.literal('diagonal') }),
  z.strictObject({ form: z.literal('full'), shrink: z.number().min(0).max(1).optional() }),
  z.strictObject({ form: z.literal('top-k'), k: integer(1, MAX_RANK) }),
])

/** Number types of what travels. */
const wireSchema = z.strictObject({
  factors: z.enum(['F32', 'F16', 'BF16']),
  grams: z.enum(['F32', 'BF16']),
})

/** Rounds of the staged schedule. */
export const stagedSchema = z.strictObject({
  rounds: integer(1, 1000),
  grams: z.strictObject({ B: gramSchema, A: gramSchema }),
})

/** Fields that a charter says word for word as the merge reads them. */
export const mergeFields = {
  adapter: adapterSchema,
  rule: z.enum(MERGE_RULES),
  grams: gramSchema.optional(),
  wire: wireSchema.optional(),
  robust: robustSchema.optional(),
  ridge: z.number().min(0).max(1),
  sums: z.enum(['ordered', 'exact']).optional(),
  decay: z.number().gt(0).max(1),
  classifier: classifierSchema,
}

/** All fields of a merge spec, each by itself. */
export const specSchema = z.strictObject({
  kernel: z.literal(1),
  ...mergeFields,
  modules: z
    .array(
      z.strictObject({
        name: labelSchema,
        in: integer(1, 65_536),
        out: integer(1, 65_536),
        input: labelSchema.optional(),
      }),
    )
    .min(1)
    .max(MAX_MODULES),
  classes: z.array(labelSchema).min(1).max(MAX_CLASSES),
  staged: stagedSchema.optional(),
  tasks: z
    .array(
      z.strictObject({
        id: z.string().length(64).nullable(),
        classes: z.array(labelSchema).min(1).max(MAX_CLASSES),
      }),
    )
    .min(2)
    .optional(),
  features: integer(1, MAX_FEATURES),
  floors: z.strictObject({ samples: integer(1, MAX_COUNT), perClass: integer(1, MAX_COUNT) }),
  limits: z.strictObject({
    maxCount: integer(1, MAX_COUNT),
    maxAbs: z.number().positive().max(1e12),
    maxGenerationLead: integer(1, MAX_GENERATION),
  }),
})
