import type { Shape, Value } from '../../../../src/training/graph/index.ts'

export interface OperatorCase {
  readonly name: string
  /** Shapes of the f32 inputs a, b, c … by which the gradient is checked. */
  readonly shapes: readonly Shape[]
  readonly range?: readonly [from: number, to: number]
  /** i32 inputs: shape and number of different values. */
  readonly integers?: readonly { readonly shape: Shape; readonly below: number }[]
  readonly build: (...inputs: Value[]) => Value
}
