import { PeermergeError } from '../errors.ts'

/** A pivot of LDLᵀ is not positive: the matrix is not positive definite, or holds a NaN. */
export class NotPositiveDefiniteError extends PeermergeError {
  override readonly name = 'NotPositiveDefiniteError'

  constructor(operand: string, pivot: number, value: number) {
    super(
      'ERR_NOT_POSITIVE_DEFINITE',
      `${operand}: pivot ${pivot} is ${value}, expected a positive number; use a larger ridge`,
      { operand, pivot, value },
    )
  }
}

/** The part of the charter that the merge reads contradicts itself; `field` names the place. */
export class MergeSpecError extends PeermergeError {
  override readonly name = 'MergeSpecError'

  constructor(field: string, problem: string, detail: Record<string, unknown> = {}) {
    super('ERR_MERGE_SPEC', `merge spec, ${field}: ${problem}`, { field, ...detail })
  }
}

/** A contribution was made under another charter or kernel than the merge it is given to. */
export class ForeignContributionError extends PeermergeError {
  override readonly name = 'ForeignContributionError'

  constructor(id: string, field: string, expected: unknown, actual: unknown) {
    super(
      'ERR_FOREIGN_CONTRIBUTION',
      `contribution ${id}: ${field} is ${String(actual)}, this merge is for ${String(expected)}; leave it out`,
      { id, field, expected, actual },
    )
  }
}

/** A result does not fit into float32: the inputs were not within the charter's limits. */
export class NonFiniteError extends PeermergeError {
  override readonly name = 'NonFiniteError'

  constructor(operand: string, index: number, value: number) {
    super('ERR_NON_FINITE', `${operand}: entry ${index} is ${value}, expected a finite number`, {
      operand,
      index,
      value,
    })
  }
}

/** An exact sum cannot hold a term: too large, not a number, or one too many. */
export class ExactSumError extends PeermergeError {
  override readonly name = 'ExactSumError'

  constructor(operand: string, problem: string) {
    super('ERR_EXACT_SUM', `${operand}: ${problem}; leave out the contribution, or take ordered sums`, {
      operand,
    })
  }
}

/** The exact result is a product of more rank than an adapter of these modules may have. */
export class MergeRankError extends PeermergeError {
  override readonly name = 'MergeRankError'

  constructor(module: string, count: number, rank: number, most: number) {
    super(
      'ERR_MERGE_RANK',
      `module ${module}: ${count} adapters of rank ${rank} side by side have rank ${count * rank}, expected at most ${most}; merge fewer, or by the rule mean`,
      { module, count, rank, most },
    )
  }
}
