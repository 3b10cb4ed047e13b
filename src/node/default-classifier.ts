import type { AnalyticRule, ClassifierRule } from '../merge/index.ts'

/** λ of either fit in units of tr/d, as docs/decisions/0015 found it. */
const RIDGE = { ridge: 1e-2, discriminant: 1e-1 } as const

export function analyticRule(fit: keyof typeof RIDGE, features: AnalyticRule['features']): AnalyticRule {
  return { rule: 'analytic', features, ...(fit === 'discriminant' && { fit }), ridge: RIDGE[fit] }
}

export const DEFAULT_CLASSIFIER = analyticRule('discriminant', 'merged') satisfies ClassifierRule
