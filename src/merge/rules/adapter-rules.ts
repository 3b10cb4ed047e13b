import type { MergeRule } from '../types.ts'
import type { AdapterRule } from './adapter-rule.ts'
import { lormRule } from './merge-lorm.ts'
import { meanRule } from './merge-mean.ts'
import { ravanRule } from './merge-ravan.ts'

/** Every rule; a further one is a file of its own and a line here. */
const RULES: Readonly<Record<MergeRule, AdapterRule>> = {
  mean: meanRule,
  lorm: lormRule,
  ravan: ravanRule,
}

export const MERGE_RULES = Object.keys(RULES) as [MergeRule, ...MergeRule[]]

export function adapterRule(rule: MergeRule): AdapterRule {
  return RULES[rule]
}
