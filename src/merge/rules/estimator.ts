import type { Matrix } from '../types.ts'
import type { Term } from './term.ts'

/** The best matrix for all terms together, in canonical order; at least one term, and those that have Grams all have them. */
export type Estimator = (terms: readonly Term[], operand: string) => Matrix
