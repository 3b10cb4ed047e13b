import type { InputProblem, PredictionInput } from '../../training/index.ts'

/** What stands for standard input among paths. */
export const STDIN = '-'

/** An input as it was found. */
export interface NamedInput {
  /** What a person calls it: a file, or a file and a line. */
  readonly name: string
  /** What is wrong with it where that shows before it is read by the model. */
  readonly input: PredictionInput | InputProblem
}

/** Inputs in their order. */
export interface Inputs<T extends NamedInput = NamedInput> {
  /** How many there are, as far as that can be told beforehand. */
  readonly total: number | undefined
  all(signal?: AbortSignal): AsyncIterable<T>
}
