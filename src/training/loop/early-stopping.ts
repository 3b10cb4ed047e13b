/** Loss and accuracy on the held-out samples. */
export interface HeldOutScore {
  readonly loss: number
  readonly accuracy: number
}

export interface EarlyStoppingRule {
  /** Epochs without improvement after which training ends. */
  readonly patience: number
  /** By how much the held-out loss must fall to count. */
  readonly minImprovement: number
}

/** Where the rule stands; plain data, so that a checkpoint can hold it. */
export interface EarlyStoppingState {
  readonly bestLoss: number
  readonly bestEpoch: number
}

/** Nothing has been scored yet. */
export const NOT_SCORED: EarlyStoppingState = { bestLoss: Infinity, bestEpoch: 0 }

/** Takes in the score of an epoch, counted from 1. */
export function afterEpoch(
  state: EarlyStoppingState,
  epoch: number,
  loss: number,
  { patience, minImprovement }: EarlyStoppingRule,
): { readonly state: EarlyStoppingState; readonly isBest: boolean; readonly stops: boolean } {
  const isBest = loss < state.bestLoss - minImprovement
  const next = isBest ? { bestLoss: loss, bestEpoch: epoch } : state
  return { state: next, isBest, stops: epoch - next.bestEpoch >= patience }
}
