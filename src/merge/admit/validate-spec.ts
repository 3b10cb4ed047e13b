import { z } from 'zod'
import { labelSchema } from '../adapters/adapter-fields.ts'
import { adapterSchema } from '../adapters/adapter-kinds.ts'
import {
  MAX_CLASSES,
  MAX_COUNT,
  MAX_FEATURES,
  MAX_GENERATION,
  MAX_MODULES,
  MAX_PAYLOAD_BYTES,
  MIN_CLASSIFIER_RIDGE,
  MIN_RIDGE,
} from '../constants.ts'
import { expectedTensors, tensorBytes } from '../format/contribution-tensors.ts'
import { MergeSpecError } from '../errors.ts'
import { assertFits } from '../adapters/frozen-factors.ts'
import type { MergeSpec } from '../types.ts'

const integer = (min: number, max: number): z.ZodInt => z.int().min(min).max(max)
const classifierSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('counts') }),
  z.strictObject({
    rule: z.literal('analytic'),
    features: z.enum(['frozen', 'merged']),
    ridge: z.number().min(MIN_CLASSIFIER_RIDGE).max(1e6),
  }),
])

const specSchema = z.strictObject({
  kernel: z.literal(1),
  adapter: adapterSchema,
  modules: z
    .array(z.strictObject({ name: labelSchema, in: integer(1, 65_536), out: integer(1, 65_536) }))
    .min(1)
    .max(MAX_MODULES),
  rule: z.enum(['mean', 'lorm', 'ravan']),
  ridge: z.number().min(0).max(1),
  decay: z.number().gt(0).max(1),
  classes: z.array(labelSchema).min(1).max(MAX_CLASSES),
  features: integer(1, MAX_FEATURES),
  classifier: classifierSchema,
  floors: z.strictObject({ samples: integer(1, MAX_COUNT), perClass: integer(1, MAX_COUNT) }),
  limits: z.strictObject({
    maxCount: integer(1, MAX_COUNT),
    maxAbs: z.number().positive().max(1e12),
    maxGenerationLead: integer(1, MAX_GENERATION),
  }),
})

/**
 * The part of a charter that the merge reads, checked: kinds and ranges of all fields, and that they fit together.
 *
 * @returns the spec, without anything else
 * @throws MergeSpecError - `detail.field` names the place: `lorm` needs lora with trains 'B'; `ravan` needs kind 'ravan' with
 *   orthonormal bases; both a ridge above float32 rounding; rank, or heads·rank, at most min(in, out); names of modules and classes once each
 */
export function validateMergeSpec(value: unknown): MergeSpec {
  const parsed = specSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new MergeSpecError(issue?.path.join('.') || 'spec', issue?.message ?? 'invalid')
  }
  const spec: MergeSpec = parsed.data
  assertRuleFits(spec)
  for (const module of spec.modules) assertFits(spec.adapter, module)
  assertUnique('modules', spec.modules.map(({ name }) => name)) // prettier-ignore
  assertUnique('classes', spec.classes)
  const bytes = Math.max(
    tensorBytes(expectedTensors(spec, 'adapter')),
    tensorBytes(expectedTensors(spec, 'statistics')),
  )
  if (bytes > MAX_PAYLOAD_BYTES / 2) {
    throw new MergeSpecError(
      'modules',
      `a payload would have ${bytes} bytes, at most ${MAX_PAYLOAD_BYTES / 2}`,
    )
  }
  return spec
}

function assertRuleFits({ adapter, rule, ridge }: MergeSpec): void {
  if (rule === 'lorm' && !(adapter.kind === 'lora' && adapter.trains === 'B')) {
    throw new MergeSpecError('rule', "lorm needs an adapter of kind 'lora' that trains 'B'", { adapter })
  }
  if (rule === 'ravan' && adapter.kind !== 'ravan') {
    throw new MergeSpecError('rule', "ravan needs an adapter of kind 'ravan'", { adapter })
  }
  if (rule === 'ravan' && adapter.kind === 'ravan' && adapter.bases === 'normal') {
    const problem =
      "ravan merges head by head, which is exact for orthonormal bases only; take bases 'gram-schmidt' or the rule mean"
    throw new MergeSpecError('rule', problem, { adapter })
  }
  if (rule !== 'mean' && ridge < MIN_RIDGE) {
    throw new MergeSpecError(
      'ridge',
      `${ridge}, the rule ${rule} needs at least ${MIN_RIDGE}: statistics are float32`,
    )
  }
}

function assertUnique(field: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new MergeSpecError(field, `${JSON.stringify(twice)} twice`)
}
