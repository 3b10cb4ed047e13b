import {
  MAX_ABS_FLOAT16,
  MAX_FEATURES,
  MIN_DISCRIMINANT_RIDGE,
  MIN_RIDGE,
  MIN_RIDGE_BFLOAT16,
  MIN_RIDGE_FULL,
} from '../constants.ts'
import { MergeSpecError } from '../errors.ts'
import { hasClassifierGram } from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { adapterRule, takesLimits } from '../rules/adapter-rules.ts'
import { phaseSpec } from '../staged/phase-spec.ts'
import type { AnalyticRule, GramSpec, MergeSpec, StagedSpec } from '../types.ts'

/** Whether rule, adapter, Grams, number types, limits and modules go together. @throws MergeSpecError */
export function assertPartsFit(spec: MergeSpec): void {
  if (spec.staged === undefined) assertRuleFits(spec)
  else assertStagedFits(spec, spec.staged)
  assertWireFits(spec)
  assertClassifierFits(spec)
  assertLimitsFit(spec)
  assertInputs(spec.modules)
}

/** Every phase is a spec of its own; what comes and goes between rounds has no place in one. */
function assertStagedFits(spec: MergeSpec, { grams }: StagedSpec): void {
  const refuse = (field: string, problem: string): never => {
    throw new MergeSpecError(field, problem)
  }
  if (spec.rule !== 'lorm') refuse('rule', `${spec.rule}, rounds of B and A are merged by lorm`)
  if (spec.grams !== undefined) refuse('grams', 'the schedule says them for each phase: leave grams out')
  if (spec.sums === 'exact') refuse('sums', 'exact, but nothing is taken out of a round: leave sums out')
  if (spec.classifier.rule === 'analytic' && spec.classifier.features === 'merged') {
    refuse('classifier.features', 'merged, but rounds go on changing them: take frozen, or another rule')
  }
  assertRuleFits(phaseSpec(spec, 'B', grams))
  assertRuleFits(phaseSpec(spec, 'A', grams))
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

/** A limit that a rule would pass over in silence is refused. */
function assertLimitsFit({ rule, robust }: MergeSpec): void {
  if (robust === undefined || takesLimits(rule)) return
  throw new MergeSpecError('robust', `the rule ${rule} does not limit single contributions: leave robust out`, { rule }) // prettier-ignore
}

/** The Gram of the classifier's inputs is a whole one, measured in float32. */
function assertClassifierFits({ classifier, ridge }: MergeSpec): void {
  if (classifier.rule === 'analytic') assertFitHolds(classifier)
  if (!hasClassifierGram({ classifier }) || ridge >= MIN_RIDGE_FULL) return
  const problem = `${ridge}, the Gram of the classifier's inputs for the rule ${classifier.rule} needs at least ${MIN_RIDGE_FULL}`
  throw new MergeSpecError('ridge', problem)
}

/** The fit of a discriminant stands on the scatter within classes, which admission lets fall a little below zero. */
function assertFitHolds({ fit, ridge }: AnalyticRule): void {
  if (fit !== 'discriminant' || ridge >= MIN_DISCRIMINANT_RIDGE) return
  const problem = `${ridge}, fit discriminant needs at least ${MIN_DISCRIMINANT_RIDGE}`
  throw new MergeSpecError('classifier.ridge', problem)
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
