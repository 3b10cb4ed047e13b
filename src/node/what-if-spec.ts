import { PeermergeError } from '../errors.ts'
import {
  expectedTensors,
  gramForm,
  hasMasks,
  takesLimits,
  validateMergeSpec,
  type MergeRule,
  type MergeSpec,
  type RobustSpec,
} from '../merge/index.ts'

/** What to merge by instead of what the charter says. */
export interface SpecChange {
  readonly rule?: MergeRule | undefined
  /** Of full Grams: what their off-diagonals are multiplied by. */
  readonly shrink?: number | undefined
  readonly decay?: number | undefined
  readonly ridge?: number | undefined
  /** Null for none. */
  readonly robust?: RobustSpec | null | undefined
}

/** Whether anything is to be otherwise than the charter says. */
export function isChange(change: SpecChange): boolean {
  return Object.values(change).some((value) => value !== undefined)
}

/**
 * The spec of a what-if merge of contributions that were made under `charter`. They stay what they are, so the form of the Grams
 * does. Limits of the charter that the rule cannot keep are left out.
 *
 * @throws MergeSpecError - rule and options do not go with this adapter or these Grams
 * @throws PeermergeError ERR_RULE_NEEDS - the contributions do not carry what the rule reads
 */
export function changeSpec(charter: MergeSpec, change: SpecChange): MergeSpec {
  const { rule, shrink, decay, ridge } = change
  const grams = gramForm(charter)
  const { robust, ...unlimited } = charter
  const kept = takesLimits(rule ?? charter.rule) ? robust : undefined
  const limits = change.robust === undefined ? kept : (change.robust ?? undefined)
  const changed = validateMergeSpec({
    ...unlimited,
    ...(limits !== undefined && { robust: limits }),
    ...(rule !== undefined && rule !== charter.rule && { rule, ...(grams !== undefined && { grams }) }),
    ...(shrink !== undefined && { grams: { ...grams, shrink } }),
    ...(decay !== undefined && { decay }),
    ...(ridge !== undefined && { ridge }),
  })
  assertCarried(charter, changed)
  return changed
}

/** Everything that a contribution has under the new spec, it has under the charter's, in the same form. */
function assertCarried(charter: MergeSpec, changed: MergeSpec): void {
  if (hasMasks(charter) && !hasMasks(changed)) {
    const problem = `rule ${changed.rule}: needs whole adapters, in contributions under this charter (rule ${charter.rule}) personal entries are left out; choose another rule`
    throw new PeermergeError('ERR_RULE_NEEDS', problem, { rule: changed.rule, charterRule: charter.rule })
  }
  const carried = expectedTensors(charter, 'adapter')
  for (const [name, layout] of expectedTensors(changed, 'adapter')) {
    const held = carried.get(name)
    if (held?.type === layout.type && held.shape.join() === layout.shape.join()) continue
    const there = held === undefined ? 'not there' : `[${held.shape.join(', ')}] of ${held.type}`
    throw new PeermergeError(
      'ERR_RULE_NEEDS',
      `rule ${changed.rule}: needs ${name} [${layout.shape.join(', ')}] of ${layout.type}, in contributions under this charter (rule ${charter.rule}) it is ${there}; choose another rule`,
      { rule: changed.rule, charterRule: charter.rule, tensor: name },
    )
  }
}
