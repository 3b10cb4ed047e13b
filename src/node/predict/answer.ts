import type { InputProblemCode, Prediction } from '../../training/index.ts'
import type { FoundModel } from './find-model.ts'

export interface LabelShare {
  readonly label: string
  /** 0 to 1; those of all classes sum to 1. */
  readonly probability: number
}

/** What is said of one input. */
export type Answer = LabelledAnswer | FailedAnswer

export interface LabelledAnswer extends LabelShare {
  /** The most likely ones, the first of which is `label`. */
  readonly top: readonly LabelShare[]
  /** Of a site's own model, where it is asked for: how far its mixers trusted the others, 0 to 1. */
  readonly trust?: number
}

export interface FailedAnswer {
  readonly error: { readonly code: InputProblemCode; readonly message: string }
}

/** An input's answer as people and programs read it. @param name - of the input @param top - so many classes, at least one */
export function answerOf(
  prediction: Prediction,
  name: string,
  { classes, rows }: Pick<FoundModel, 'classes' | 'rows'>,
  top: number,
): Answer {
  if ('code' in prediction) {
    const { code, reason } = prediction
    return { error: { code, message: `${name}: ${reason}` } }
  }
  const { probabilities, trust } = prediction
  const shares = [...rows]
    .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
    .slice(0, top)
    .map((row) => ({ label: classes[row]!, probability: probabilities[row]! }))
  return { ...shares[0]!, top: shares, ...(trust !== undefined && { trust }) }
}
