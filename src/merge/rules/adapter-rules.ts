import type { AdapterSpec, MergeRule, MergeSpec } from '../types.ts'
import type { AdapterRule } from './adapter-rule.ts'
import { fedselectRule } from './merge-fedselect.ts'
import { lormRule } from './merge-lorm.ts'
import { meanRule } from './merge-mean.ts'
import { ravanRule } from './merge-ravan.ts'
import { ravanCoupledRule } from './merge-ravan-coupled.ts'
import { ravanDenseRule } from './merge-ravan-dense.ts'
import { regmeanRule } from './merge-regmean.ts'

/** Every rule; a further one is a file of its own and a line here. */
const RULES: Readonly<Record<MergeRule, AdapterRule>> = {
  mean: meanRule,
  lorm: lormRule,
  ravan: ravanRule,
  'ravan-coupled': ravanCoupledRule,
  'ravan-dense': ravanDenseRule,
  regmean: regmeanRule,
  fedselect: fedselectRule,
}

export const MERGE_RULES = Object.keys(RULES) as [MergeRule, ...MergeRule[]]

/** Whether a charter with this rule may say what single contributions can do at most. */
export function takesLimits(rule: MergeRule): boolean {
  return !adapterRule(rule).isUnlimited
}

export function adapterRule(rule: MergeRule): AdapterRule {
  return RULES[rule]
}

/** Whether a merge by this rule is a state of another adapter than the charter's, so that training cannot go on from it. */
export function changesAdapter(rule: MergeRule): boolean {
  return RULES[rule].result !== undefined
}

/** What the merge of that many adapter contributions is a state of; of none it is the charter's start. */
export function resultSpec({ rule, adapter }: MergeSpec, contributions: number): AdapterSpec {
  return contributions === 0 ? adapter : (adapterRule(rule).result?.(adapter, contributions) ?? adapter)
}
