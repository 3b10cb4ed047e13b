import { z } from 'zod'
import { labelSchema } from '../adapters/adapter-fields.ts'
import { adapterSchema } from '../adapters/adapter-kinds.ts'
import {
  MAX_ABS_FLOAT16,
  MAX_CLASSES,
  MAX_COUNT,
  MAX_FEATURES,
  MAX_GENERATION,
  MAX_MODULES,
  MAX_PAYLOAD_BYTES,
  MAX_RANK,
  MIN_CLASSIFIER_RIDGE,
  MIN_RIDGE,
  MIN_RIDGE_BFLOAT16,
  MIN_RIDGE_FULL,
} from '../constants.ts'
import { expectedTensors, hasClassifierGram } from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { tensorBytes } from '../format/tensor-layout.ts'
import { adapterRule, MERGE_RULES } from '../rules/adapter-rules.ts'
import { MergeSpecError } from '../errors.ts'
import { assertFits } from '../adapters/frozen-factors.ts'
import type { GramSpec, MergeSpec } from '../types.ts'
import { assertSumsFit } from './check-sums.ts'

const integer = (min: number, max: number): z.ZodInt => z.int().min(min).max(max)

/** How the output layer is merged. */
export const classifierSchema = z.discriminatedUnion('rule', [
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
export const wireSchema = z.strictObject({
  factors: z.enum(['F32', 'F16', 'BF16']),
  grams: z.enum(['F32', 'BF16']),
})

/** How sums are taken. */
export const sumsSchema = z.enum(['ordered', 'exact'])

const specSchema = z.strictObject({
  kernel: z.literal(1),
  adapter: adapterSchema,
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
  rule: z.enum(MERGE_RULES),
  grams: gramSchema.optional(),
  wire: wireSchema.optional(),
  ridge: z.number().min(0).max(1),
  sums: sumsSchema.optional(),
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
 * @throws MergeSpecError - `detail.field` names the place: what the rule asks of adapter and Grams (rules/); a ridge above the rounding
 *   of Grams; rank, or heads·rank, at most min(in, out); names of modules and classes once each
 */
export function validateMergeSpec(value: unknown): MergeSpec {
  const parsed = specSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new MergeSpecError(issue?.path.join('.') || 'spec', issue?.message ?? 'invalid')
  }
  const spec: MergeSpec = parsed.data
  assertRuleFits(spec)
  assertWireFits(spec)
  assertSumsFit(spec)
  assertClassifierFits(spec)
  for (const module of spec.modules) assertFits(spec.adapter, module)
  assertUnique('modules', spec.modules.map(({ name }) => name)) // prettier-ignore
  assertUnique('classes', spec.classes)
  assertInputs(spec.modules)
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

/** What the rule asks of the adapter, and what Grams ask of adapter, modules and ridge. */
function assertRuleFits(spec: MergeSpec): void {
  adapterRule(spec.rule).assertFits(spec)
  const form = gramForm(spec)
  if (form === undefined) return
  assertFormFits(spec, form)
  const least = leastRidge(spec, form)
  if (spec.ridge >= least) return
  const problem = `${spec.ridge}, Grams of form ${form.form} in ${spec.wire?.grams ?? 'F32'} need at least ${least}`
  throw new MergeSpecError('ridge', problem)
}

/** The Gram of the classifier's inputs is a whole one, measured in float32. */
function assertClassifierFits({ classifier, ridge }: MergeSpec): void {
  if (!hasClassifierGram({ classifier }) || ridge >= MIN_RIDGE_FULL) return
  const problem = `${ridge}, the Gram of the classifier's inputs for the rule ${classifier.rule} needs at least ${MIN_RIDGE_FULL}`
  throw new MergeSpecError('ridge', problem)
}

function assertFormFits({ adapter, modules }: MergeSpec, form: GramSpec): void {
  const hasFrozenA = adapter.kind === 'ravan' || adapter.trains === 'B'
  if (form.form === 'projected' && !hasFrozenA) {
    throw new MergeSpecError('grams', 'projected needs a frozen A', { adapter })
  }
  if (form.form === 'joint' && adapter.kind !== 'ravan') {
    throw new MergeSpecError('grams', "joint needs an adapter of kind 'ravan'", { adapter })
  }
  const narrow = form.form === 'top-k' ? modules.find((module) => module.in <= form.k) : undefined
  if (form.form === 'top-k' && narrow !== undefined) {
    const problem = `k is ${form.k}, module ${narrow.name} has ${narrow.in} inputs: at most ${narrow.in - 1}`
    throw new MergeSpecError('grams.k', problem, { module: narrow.name })
  }
  const wide = modules.find((module) => module.in > MAX_FEATURES)
  if (form.form === 'full' && wide !== undefined) {
    throw new MergeSpecError(
      'grams',
      `full Grams of at most ${MAX_FEATURES} inputs, ${wide.name} has ${wide.in}`,
    )
  }
}

/** Whatever the limits admit must be a number on the wire. */
function assertWireFits({ wire, limits }: MergeSpec): void {
  if (wire?.factors !== 'F16' || limits.maxAbs <= MAX_ABS_FLOAT16) return
  const problem = `${limits.maxAbs}, factors in F16 reach no further than ${MAX_ABS_FLOAT16}; take BF16 or a smaller limit`
  throw new MergeSpecError('limits.maxAbs', problem, { wire })
}

/**
 * The ridge must exceed what rounding on the way does to the smallest eigenvalue; see constants.ts. Diagonals and eigenpairs stay
 * positive semi-definite however they are rounded.
 */
function leastRidge({ wire }: MergeSpec, { form }: GramSpec): number {
  const isMatrix = form !== 'diagonal' && form !== 'top-k'
  if (wire?.grams === 'BF16' && isMatrix) return MIN_RIDGE_BFLOAT16
  return form === 'full' ? MIN_RIDGE_FULL : MIN_RIDGE
}

/** Who shares an input names the first who has it, which is as wide. */
function assertInputs(modules: MergeSpec['modules']): void {
  for (const [i, { name, in: width, input }] of modules.entries()) {
    if (input === undefined) continue
    const first = modules.slice(0, i).find((earlier) => earlier.name === input)
    if (first?.in === width && first.input === undefined) continue
    const problem = `${name} shares the input of ${input}, which is no earlier module of ${width} inputs of its own`
    throw new MergeSpecError(`modules.${i}.input`, problem)
  }
}

function assertUnique(field: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new MergeSpecError(field, `${JSON.stringify(twice)} twice`)
}
