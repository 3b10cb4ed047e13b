import { assertFits } from '../adapters/frozen-factors.ts'
import { MAX_PAYLOAD_BYTES } from '../constants.ts'
import { MergeSpecError } from '../errors.ts'
import { expectedTensors } from '../format/contribution-tensors.ts'
import { tensorBytes } from '../format/tensor-layout.ts'
import type { PhaseGrams } from '../staged/phase.ts'
import { phaseSpec } from '../staged/phase-spec.ts'
import { rowsOf } from '../tasks/class-rows.ts'
import type { MergeSpec } from '../types.ts'
import { assertPartsFit } from './check-fits.ts'
import { assertSumsFit } from './check-sums.ts'
import { specSchema } from './spec-schema.ts'

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
  assertPartsFit(spec)
  assertSumsFit(spec)
  for (const module of spec.modules) assertFits(spec.adapter, module)
  assertUnique('modules', spec.modules.map(({ name }) => name)) // prettier-ignore
  assertUnique('classes', spec.classes)
  assertTasks(spec)
  const parts = spec.staged === undefined ? [spec] : phasesOf(spec, spec.staged.grams)
  const bytes = Math.max(
    ...parts.map((part) => tensorBytes(expectedTensors(part, 'adapter'))),
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

function phasesOf(spec: MergeSpec, grams: PhaseGrams): readonly MergeSpec[] {
  return [phaseSpec(spec, 'B', grams), phaseSpec(spec, 'A', grams)]
}

/** Classes are the rows of the tasks, in their one order. */
function assertTasks({ tasks, classes }: MergeSpec): void {
  if (tasks === undefined) return
  const ids = tasks.map(({ id }) => id)
  if (ids[0] !== null || ids.some((id, i) => i > 0 && (id === null || id <= (ids[i - 1] ?? '')))) {
    throw new MergeSpecError('tasks', 'expected that of the charter, then those opened by ascending id')
  }
  for (const [i, task] of tasks.entries()) assertUnique(`tasks.${i}.classes`, task.classes)
  const rows = rowsOf(tasks)
  if (rows.length === classes.length && rows.every((label, i) => label === classes[i])) return
  throw new MergeSpecError('classes', 'expected the classes of all tasks in the order of the rows')
}

function assertUnique(field: string, names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new MergeSpecError(field, `${JSON.stringify(twice)} twice`)
}
